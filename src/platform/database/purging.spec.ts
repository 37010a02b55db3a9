import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Purging } from './purging.js';

const tooLong = () => Object.assign(new Error('canceling statement'), { code: '57014' });

/** A backlog that batches work off; `sizes` are their requested sizes. */
function backlog(rows: number) {
  const sizes: number[] = [];
  let left = rows;
  const take = (size: number): number => {
    sizes.push(size);
    const taken = Math.min(size, left);
    left -= taken;
    return taken;
  };
  return { sizes, take, left: () => left };
}

describe('a purge in batches', () => {
  it('a purge continues until a batch is not full', async () => {
    const { sizes, take, left } = backlog(250);
    const progress = await new Purging(60_000).inBatches('rows', 100, async (size) => take(size));
    expect([progress, sizes, left()]).toEqual(['done', [100, 100, 100], 0]);
  });

  it('a purge asks for fewer rows after the database cancels a batch, and keeps the smaller size', async () => {
    const { sizes, take } = backlog(60);
    const purging = new Purging(60_000);
    const batch = async (size: number) => {
      if (size > 30) throw tooLong();
      return take(size);
    };
    expect(await purging.inBatches('rows', 100, batch)).toBe('done');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
    expect(sizes[0]).toBe(25);
  });

  it('a purge fails if even one row takes too long, or for any other reason', async () => {
    const purging = new Purging(60_000);
    await expect(purging.inBatches('rows', 4, () => Promise.reject(tooLong()))).rejects.toThrow(
      'canceling',
    );
    const wrong = () => Promise.reject(new Error('no such table'));
    await expect(purging.inBatches('others', 4, wrong)).rejects.toThrow('no such table');
  });

  it('a purge ends its turn when the time is used up, and continues in the next turn', async () => {
    const { take, left } = backlog(1_000_000);
    const purging = new Purging(100);
    const slow = async (size: number) => {
      await sleep(20);
      return take(size);
    };
    expect(await purging.inBatches('rows', 100, slow)).toBe('unfinished');
    const before = left();
    expect(before).toBeGreaterThan(0);
    await purging.inBatches('rows', 100, slow);
    expect(left()).toBeLessThan(before);
  });

  it('a purge ends after the current batch when the server stops', async () => {
    const { take, sizes } = backlog(1_000_000);
    const purging = new Purging(60_000);
    const batch = async (size: number) => {
      purging.stop();
      return take(size);
    };
    expect(await purging.inBatches('rows', 100, batch)).toBe('unfinished');
    expect(sizes).toEqual([100]);
  });

  it('simultaneous purges share one connection, a batch at a time', async () => {
    const purging = new Purging(60_000);
    let [running, most] = [0, 0];
    const batch = (rows: ReturnType<typeof backlog>) => async (size: number) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(1);
      running -= 1;
      return rows.take(size);
    };
    const purges = ['one', 'two', 'three'].map((name) =>
      purging.inBatches(name, 100, batch(backlog(250))),
    );
    expect(await Promise.all(purges)).toEqual(['done', 'done', 'done']);
    expect(most).toBe(1);
  });
});
