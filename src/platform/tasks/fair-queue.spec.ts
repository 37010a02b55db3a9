import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairQueue, type Shares } from './fair-queue.js';

class NoPlace extends Error {}

const shares: Shares = { places: 2, perKey: 2, waitingPerKey: 100, patienceMs: 60_000 };

function queueOf(own: Partial<Shares> = {}) {
  const queue = new FairQueue({ ...shares, ...own }, () => new NoPlace());
  const begun: string[] = [];
  /** Enters the queue, and notes when the turn begins. */
  const enter = (key: string, name = key) => {
    const turn = queue.enter(key);
    if (!turn.begun) begun.push(name);
    else void turn.begun.then(() => begun.push(name)).catch(() => begun.push(`not ${name}`));
    return turn;
  };
  return { queue, begun, enter };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the fair queue', () => {
  it('work begins at once while there are free places', () => {
    const { queue, enter } = queueOf();
    expect(enter('ann').begun).toBeUndefined();
    expect(enter('ann').begun).toBeUndefined();
    expect(enter('ben').begun).toBeInstanceOf(Promise);
    expect(queue.load).toEqual({ running: 2, waiting: 1 });
  });

  it('free places go to the keys in turn, however much work a key has waiting', async () => {
    const { begun, enter } = queueOf({ places: 1 });
    const turns = [
      enter('ann', 'ann 1'),
      ...['ann 2', 'ann 3', 'ann 4'].map((name) => enter('ann', name)),
      enter('ben', 'ben 1'),
      enter('cid', 'cid 1'),
      enter('ben', 'ben 2'),
    ];
    for (const name of ['ann 1', 'ann 2', 'ben 1', 'cid 1', 'ann 3', 'ben 2', 'ann 4']) {
      expect(begun.at(-1)).toBe(name);
      const names = ['ann 1', 'ann 2', 'ann 3', 'ann 4', 'ben 1', 'cid 1', 'ben 2'];
      turns[names.indexOf(name)]?.leave();
      await settled();
    }
  });

  it('a key is limited to its share, and free places remain for other keys', async () => {
    const { queue, begun, enter } = queueOf({ places: 3, perKey: 1 });
    const first = enter('ann', 'ann 1');
    enter('ann', 'ann 2');
    enter('ben');
    expect(begun).toEqual(['ann 1', 'ben']);
    first.leave();
    await settled();
    expect(begun).toEqual(['ann 1', 'ben', 'ann 2']);
    expect(queue.load).toEqual({ running: 2, waiting: 0 });
  });

  it('work whose turn does not come in time is refused, and the queue continues', async () => {
    const { queue, begun, enter } = queueOf({ places: 1, patienceMs: 20 });
    const first = enter('ann');
    await expect(enter('ben').begun).rejects.toThrow(NoPlace);
    first.leave();
    await settled();
    expect(enter('cid').begun).toBeUndefined();
    expect(begun).toEqual(['ann', 'not ben', 'cid']);
    expect(queue.load).toEqual({ running: 1, waiting: 0 });
  });

  it('work that times out together is refused a few entries per iteration of the event loop', async () => {
    const { begun, enter } = queueOf({ places: 1, patienceMs: 20 });
    enter('ann');
    for (let place = 0; place < 50; place += 1) enter('ben');
    const refused: number[] = [];
    while (begun.length < 51) {
      const before = begun.length;
      await settled();
      refused.push(begun.length - before);
    }
    expect(Math.max(...refused)).toBeLessThanOrEqual(8);
  });

  it('a key with too much waiting work is refused at once, and other keys are not', () => {
    const { enter } = queueOf({ places: 1, waitingPerKey: 1 });
    enter('ann');
    enter('ann');
    expect(() => enter('ann')).toThrow(NoPlace);
    expect(enter('ben').begun).toBeInstanceOf(Promise);
  });

  it('a full queue drops work of the key with the most waiting work', async () => {
    const { queue, begun, enter } = queueOf({ places: 1, waiting: 3 });
    const first = enter('ann', 'ann 1');
    for (const name of ['ann 2', 'ann 3', 'ann 4']) enter('ann', name);
    enter('ben');
    await settled();
    expect(begun).toEqual(['ann 1', 'not ann 4']);
    expect(queue.load).toEqual({ running: 1, waiting: 3 });
    enter('cid');
    expect(() => enter('cid')).toThrow(NoPlace);
    await settled();
    first.leave();
    await settled();
    expect(begun).toEqual(['ann 1', 'not ann 4', 'not ann 3', 'ann 2']);
  });

  it('a place is released once, for running and for waiting work alike', async () => {
    const { queue, enter } = queueOf({ places: 1 });
    const first = enter('ann');
    const second = enter('ben');
    const third = enter('cid');
    second.leave();
    second.leave();
    expect(queue.load).toEqual({ running: 1, waiting: 1 });
    first.leave();
    first.leave();
    await settled();
    expect(queue.load).toEqual({ running: 1, waiting: 0 });
    third.leave();
    expect(queue.load).toEqual({ running: 0, waiting: 0 });
  });

  it('failed work releases its place', async () => {
    const { queue } = queueOf();
    await expect(queue.run('ann', () => Promise.reject(new TypeError()))).rejects.toThrow(
      TypeError,
    );
    expect(queue.load).toEqual({ running: 0, waiting: 0 });
  });

  it('running work never exceeds the places, and all work is done', async () => {
    const { queue } = queueOf({ places: 3, perKey: 2 });
    const most = { all: 0, ofKey: 0 };
    const now = new Map<string, number>();
    let done = 0;
    const work = async (key: string) => {
      now.set(key, (now.get(key) ?? 0) + 1);
      most.all = Math.max(most.all, queue.load.running);
      most.ofKey = Math.max(most.ofKey, now.get(key) ?? 0);
      await sleep(1);
      now.set(key, (now.get(key) ?? 0) - 1);
      done += 1;
    };
    const keys = Array.from({ length: 200 }, (_, index) => `key ${index % 2}`);
    await Promise.all(keys.map((key) => queue.run(key, () => work(key))));
    expect(most).toEqual({ all: 3, ofKey: 2 });
    expect(done).toBe(200);
    expect(queue.load).toEqual({ running: 0, waiting: 0 });
  });
});
