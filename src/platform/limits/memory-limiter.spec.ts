import { describe, expect, it } from 'vitest';
import { MemoryLimiter } from './memory-limiter.js';

const pace = { burst: 3, perSecond: 2 };

function startLimiter(capacity = 10) {
  const clock = { now: 5_000 };
  const limiter = new MemoryLimiter(capacity, () => clock.now);
  return { clock, take: (key = 'ann') => limiter.take(key, pace) };
}

describe('a limiter in memory', () => {
  it('lets a burst pass, then as many as its pace, and says how long to wait', () => {
    const { clock, take } = startLimiter();
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 0.5]);
    clock.now += 499;
    expect(take()).toBeCloseTo(0.001);
    clock.now += 1;
    expect([take(), take()]).toEqual([undefined, 0.5]);
  });

  it('gives no more than the burst back, however long nobody came', () => {
    const { clock, take } = startLimiter();
    take();
    clock.now += 3_600_000;
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 0.5]);
  });

  it('counts each key by itself', () => {
    const { take } = startLimiter();
    for (let turn = 0; turn < 3; turn += 1) take('ann');
    expect([take('ann'), take('ben')]).toEqual([0.5, undefined]);
  });

  it('forgets the oldest when it is full, and nobody who is in it before', () => {
    const { take } = startLimiter(2);
    for (let turn = 0; turn < 3; turn += 1) take('ann');
    take('ben');
    expect(take('ann')).toBe(0.5);
    take('cid');
    expect(take('ann')).toBeUndefined();
  });
});
