import { describe, expect, it } from 'vitest';
import { MemoryLimiter } from './memory-limiter.js';

const pace = { burst: 3, perSecond: 2 };

function startLimiter(capacity = 10) {
  const clock = { now: 5_000 };
  const limiter = new MemoryLimiter(capacity, () => clock.now);
  return { clock, take: (key = 'ann') => limiter.take(key, pace) };
}

describe('the limiter in memory', () => {
  it('the limiter allows a burst, then a steady pace, and returns how long to wait', () => {
    const { clock, take } = startLimiter();
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 0.5]);
    clock.now += 499;
    expect(take()).toBeCloseTo(0.001);
    clock.now += 1;
    expect([take(), take()]).toEqual([undefined, 0.5]);
  });

  it('the limiter restores no more than the burst, however long a key is idle', () => {
    const { clock, take } = startLimiter();
    take();
    clock.now += 3_600_000;
    expect([take(), take(), take(), take()]).toEqual([undefined, undefined, undefined, 0.5]);
  });

  it('the limiter counts each key separately', () => {
    const { take } = startLimiter();
    for (let turn = 0; turn < 3; turn += 1) take('ann');
    expect([take('ann'), take('ben')]).toEqual([0.5, undefined]);
  });

  it('a full limiter forgets the oldest key, and keeps the newer keys', () => {
    const { take } = startLimiter(2);
    for (let turn = 0; turn < 3; turn += 1) take('ann');
    take('ben');
    expect(take('ann')).toBe(0.5);
    take('cid');
    expect(take('ann')).toBeUndefined();
  });
});
