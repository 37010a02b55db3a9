import { describe, expect, it } from 'vitest';
import { timesBehind } from './times-behind.js';

const walk = (...steps: [generation: number, at: number][]) =>
  steps.map(([generation, at]) => ({ generation, at }));
const END = 10_000;

describe('the time that a client is behind', () => {
  it('the time begins with the first client on the new generation, and ends when the client has it', () => {
    const walks = [walk([1, 0], [2, 1_000]), walk([1, 0], [2, 1_250])];
    expect(timesBehind(walks, END)).toEqual([
      { client: 0, generation: 2, milliseconds: 0 },
      { client: 1, generation: 2, milliseconds: 250 },
    ]);
  });

  it('the time lasts until the end of the run if the client never catches up', () => {
    const walks = [walk([1, 0], [2, 1_000]), walk([1, 0])];
    expect(timesBehind(walks, END)[1]).toEqual({ client: 1, generation: 2, milliseconds: 9_000 });
  });

  it('the time counts for each generation that the client skips', () => {
    const walks = [walk([1, 0], [2, 1_000], [3, 2_000]), walk([1, 0], [3, 2_100])];
    const ofTheSecond = timesBehind(walks, END).filter(({ client }) => client === 1);
    expect(ofTheSecond.map(({ milliseconds }) => milliseconds)).toEqual([1_100, 100]);
  });

  it('the time counts only after the client has entered the room', () => {
    const walks = [walk([1, 0], [2, 1_000]), walk([2, 5_000]), walk([1, 1_500], [2, 1_600])];
    expect(
      timesBehind(walks, END).map(({ client, milliseconds }) => [client, milliseconds]),
    ).toEqual([
      [0, 0],
      [2, 100],
    ]);
  });
});
