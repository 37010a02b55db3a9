import { describe, expect, it } from 'vitest';
import { BatchLoader } from './batch-loader.js';

/** A source that answers each key with itself when `answer` is called. */
function scripted(atOnce = 1, most = 50) {
  const asked: { keys: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const batch = new BatchLoader<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(new Map(keys.filter((k) => k !== '?').map((k) => [k, k])));
        asked.push({ keys, answer, fail: reject });
      }),
    atOnce,
    most,
  );
  return { asked, batch };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('batched look-ups', () => {
  it('keys of the same turn are looked up together, each key once', async () => {
    const { asked, batch } = scripted();
    const answers = Promise.all(['a', 'b', 'a', '?'].map((key) => batch.get(key)));
    await turn();
    expect(asked.map(({ keys }) => keys)).toEqual([['a', 'b', '?']]);
    asked[0]?.answer();
    expect(await answers).toEqual(['a', 'b', 'a', undefined]);
  });

  it('a look-up is never answered by a batch that was sent before it', async () => {
    const { asked, batch } = scripted(2);
    const first = batch.get('a');
    await turn();
    const second = batch.get('a');
    await turn();
    expect(asked).toHaveLength(2);
    asked[0]?.answer();
    await first;
    let isAnswered = false;
    void second.then(() => (isAnswered = true));
    await turn();
    expect(isAnswered).toBe(false);
    asked[1]?.answer();
    expect(await second).toBe('a');
  });

  it('keys are collected while enough batches are under way, and a batch has a maximum size', async () => {
    const { asked, batch } = scripted(1, 2);
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => batch.get(key)));
    await turn();
    for (const next of [0, 1, 2]) {
      expect(asked).toHaveLength(next + 1);
      asked[next]?.answer();
      await turn();
    }
    expect(asked.map(({ keys }) => keys)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await answers).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('all callers that wait for a key share one batch, however many they are', async () => {
    const { asked, batch } = scripted(1, 2);
    const first = batch.get('a');
    await turn();
    const answers = Promise.all(['b', 'c', 'd', 'b', 'c', 'b'].map((key) => batch.get(key)));
    await turn();
    for (const next of [0, 1, 2]) {
      asked[next]?.answer();
      await turn();
    }
    expect(asked.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c'], ['d']]);
    expect([await first, await answers]).toEqual(['a', ['b', 'c', 'd', 'b', 'c', 'b']]);
  });

  it('a failed batch fails its own callers, and no later callers', async () => {
    const { asked, batch } = scripted();
    const lost = batch.get('a');
    await turn();
    asked[0]?.fail(new Error('the database is gone'));
    await expect(lost).rejects.toThrow('the database is gone');
    const found = batch.get('a');
    await turn();
    asked[1]?.answer();
    expect(await found).toBe('a');
  });
});
