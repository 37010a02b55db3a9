import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Protocol,
  ROOM,
  startProtocol,
  startReplica,
  wanted,
  Watched,
} from '../../../test/support/protocol.js';
import { ScriptedSource } from '../../../test/support/scripted-source.js';
import type { StoredToken } from './token-store.js';
import { CasUnavailable } from './tokens.problems.js';

let one: Protocol;
let two: Protocol;

beforeEach(() => {
  one = startProtocol();
  two = startReplica(one.clock, one.store, new ScriptedSource(one.clock));
});

function wait({ tokens, clock }: Protocol): Watched<StoredToken> {
  return new Watched(tokens.awaitLive(ROOM), clock);
}

describe('two replicas', () => {
  it('return the same token, from one call', async () => {
    one.source.gives({ afterMs: 200 });
    two.source.gives({ afterMs: 200 });
    const waiters = [wait(one), wait(two), wait(one), wait(two)];
    await one.clock.advance(1_000);
    expect(waiters.map(({ value }) => value?.text)).toEqual(Array(4).fill(one.store.row.text));
    expect(one.source.calls.length + two.source.calls.length).toBe(1);
  });

  it('return the token of the second replica if the first is delayed past its lease', async () => {
    one.store.effectDelay.publish = 8_000;
    const first = wait(one);
    await one.clock.advance(10);
    one.store.effectDelay = {};
    const second = wait(two);
    await one.clock.advance(9_000);
    // Both had a token; the fence discarded the late token.
    expect([one.source.tokens.length, two.source.tokens.length]).toEqual([1, 1]);
    expect(one.store.published).toEqual(two.source.tokens);
    expect([first.value?.text, second.value?.text]).toEqual(Array(2).fill(two.source.tokens[0]));
  });

  it('wait for a dead replica no longer than its lease and a second', async () => {
    await one.store.acquire(ROOM);
    const waiter = wait(two);
    await one.clock.advance(7_000);
    expect(waiter.value?.generation).toBe(1);
    expect(waiter.settledAt).toBeGreaterThanOrEqual(6_000);
  });

  it('share the back-off: after a failure of one replica, the other makes no call', async () => {
    one.source.fails('unavailable', 5);
    wait(one);
    await one.clock.advance(100);
    const waiter = wait(two);
    await one.clock.advance(4_800);
    expect(two.source.calls).toEqual([]);
    await one.clock.advance(400);
    expect(waiter.value?.generation).toBe(1);
    expect(one.source.calls.length + two.source.calls.length).toBe(2);
  });
});

describe('a shutdown', () => {
  it('releases the lease, so another replica mints at once and both return its token', async () => {
    one.source.hangs();
    const here = wait(one);
    await one.clock.advance(100);
    const there = wait(two);
    await one.clock.advance(100);
    expect([here.settledAt, there.settledAt]).toEqual([undefined, undefined]);
    one.tokens.shutDown();
    await one.clock.advance(300);
    expect([here.value?.text, there.value?.text]).toEqual(Array(2).fill(two.source.tokens[0]));
    expect(one.source.calls).toHaveLength(1);
  });

  it('ends every wait within 3 s, whether it began before or after', async () => {
    one.store.row.leaseUntil = 60_000;
    const before = wait(one);
    await one.clock.advance(1_000);
    one.tokens.shutDown();
    await one.clock.advance(3_000);
    const after = wait(one);
    await one.clock.advance(3_000);
    expect(before).toMatchObject({ settledAt: 4_000, error: expect.any(CasUnavailable) });
    expect(after).toMatchObject({ settledAt: 7_000, error: expect.any(CasUnavailable) });
  });

  it('allows no mint after it', async () => {
    one.tokens.shutDown();
    wait(one);
    await one.clock.advance(4_000);
    expect([one.store.count('acquire'), one.source.calls.length]).toEqual([0, 0]);
  });

  it('still returns a live token', async () => {
    one.store.publishElsewhere('live');
    one.tokens.shutDown();
    const waiter = wait(one);
    await one.clock.advance(0);
    expect(waiter.value?.text).toBe('live');
  });
});

describe('a live token', () => {
  it('is never replaced early', async () => {
    wait(one);
    await one.clock.advance(0);
    for (let minute = 0; minute < 59; minute += 1) {
      await one.minter.mint(ROOM, wanted);
      await one.clock.advance(60_000);
    }
    expect([one.source.calls.length, one.store.row.generation]).toEqual([1, 1]);
    await one.clock.advance(60_000);
    await one.minter.mint(ROOM, wanted);
    expect(one.store.row.generation).toBe(2);
  });

  it('whose life is shorter than the margin costs one call for each half of its life', async () => {
    for (let call = 0; call < 100; call += 1) one.source.gives({ lifeSeconds: 10 });
    for (let second = 0; second < 60; second += 1) {
      wait(one);
      await one.clock.advance(1_000);
    }
    expect(one.source.calls).toHaveLength(12);
  });
});
