import { describe, expect, it } from 'vitest';
import { type Arrival, LoopTurns } from './loop-turns.js';

/** How many requests begin in one iteration of the event loop. */
const BEGIN_AT_ONCE = 32;
/** Longer than the time for which consecutive iterations are reserved for connections. */
const LONG_MS = 61;

const nextIteration = () => new Promise((resolve) => setImmediate(resolve));

function start() {
  const clock = { now: 5_000 };
  const turns = new LoopTurns(() => clock.now);
  const begun: string[] = [];
  const arrive = (caller: string, name = caller, hasGone = () => false) => {
    const [begin, refuse] = [name, `not ${name}`].map((text) => () => void begun.push(text));
    turns.admit({ callerOf: () => caller, hasGone, begin, refuse } as Arrival);
  };
  const crowd = (caller: string, count: number) => {
    for (let place = 0; place < count; place += 1) arrive(caller);
  };
  return { clock, turns, begun, arrive, crowd };
}

describe('the turns of the event loop', () => {
  it('a request begins at once while few requests come', () => {
    const { begun, arrive } = start();
    arrive('ann');
    arrive('ben');
    expect(begun).toEqual(['ann', 'ben']);
  });

  it('a few requests begin in each iteration, until all have begun', async () => {
    const { begun, crowd } = start();
    crowd('ann', 80);
    const seen = [begun.length];
    for (let turn = 0; turn < 3; turn += 1) {
      await nextIteration();
      seen.push(begun.length);
    }
    expect(seen).toEqual([BEGIN_AT_ONCE, 2 * BEGIN_AT_ONCE, 80, 80]);
  });

  it('callers take turns, however many requests one of them has waiting', async () => {
    const { begun, arrive, crowd } = start();
    crowd('ann', 60);
    arrive('ben');
    arrive('cid');
    await nextIteration();
    expect(begun.slice(BEGIN_AT_ONCE, BEGIN_AT_ONCE + 3)).toEqual(['ann', 'ben', 'cid']);
  });

  it('requests and tasks wait while new connections come, and continue afterwards', async () => {
    const { turns, begun, arrive } = start();
    const done: string[] = [];
    turns.goOn(() => done.push('before'));
    for (let turn = 0; turn < 5; turn += 1) {
      turns.noteConnection();
      arrive('ann', `ann ${turn}`);
      turns.goOn(() => done.push(`task ${turn}`));
      await nextIteration();
      expect([begun, done]).toEqual([[], ['before']]);
    }
    await nextIteration();
    expect(begun).toHaveLength(5);
    expect(done).toHaveLength(6);
  });

  it('waiting requests begin after a while although connections still come', async () => {
    const { clock, turns, begun, arrive } = start();
    turns.noteConnection();
    arrive('ann');
    clock.now += LONG_MS;
    turns.noteConnection();
    await nextIteration();
    expect(begun).toEqual(['ann']);
  });

  it('iterations are not reserved for connections again for a while afterwards', async () => {
    const { clock, turns, begun, arrive } = start();
    turns.noteConnection();
    clock.now += LONG_MS;
    turns.noteConnection();
    await nextIteration();
    turns.noteConnection();
    arrive('ann');
    expect(begun).toEqual(['ann']);
    clock.now += 20;
    turns.noteConnection();
    arrive('ben');
    expect(begun).toEqual(['ann']);
  });

  it('a request that has waited for more than 8 s is refused', async () => {
    const { clock, turns, begun, arrive } = start();
    turns.noteConnection();
    arrive('ann');
    clock.now += 8_001;
    arrive('ben');
    await nextIteration();
    await nextIteration();
    expect(begun).toEqual(['not ann', 'ben']);
  });

  it('a request whose client has disconnected does not begin, and another request takes its turn', async () => {
    const { begun, arrive, crowd } = start();
    crowd('ann', BEGIN_AT_ONCE);
    for (let place = 0; place < 100; place += 1) arrive('ben', 'ben', () => true);
    arrive('ben', 'ben, who waits');
    await nextIteration();
    expect(begun.slice(BEGIN_AT_ONCE)).toEqual(['ben, who waits']);
  });
});
