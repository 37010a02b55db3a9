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
import type { Rekey } from './token-store.js';
import { CasUnavailable, GenerationChanged, NoLiveToken, RekeyPaused } from './tokens.problems.js';

let one: Protocol;
let two: Protocol;

beforeEach(() => {
  one = startProtocol();
  two = startReplica(one.clock, one.store, new ScriptedSource(one.clock));
  one.store.publishElsewhere('the first');
});

const origin = { address: '203.0.113.1', device: 'a phone', requestId: 'a request' };
const rekeyOf = (generation: number): Rekey => ({
  generation,
  reason: 'a leak',
  actor: { userId: 'an admin', origin },
});

const rekey = ({ rekeying, clock }: Protocol, generation = 1) =>
  new Watched(rekeying.rekey(ROOM, rekeyOf(generation)), clock);
const join = ({ tokens, clock }: Protocol) => new Watched(tokens.awaitLive(ROOM), clock);
const calls = () => one.source.calls.length + two.source.calls.length;

describe('a re-key', () => {
  it('ends a live generation with one call to the source', async () => {
    const moved = rekey(one);
    await one.clock.advance(0);
    expect(moved.value).toBe(2);
    expect([one.store.row.generation, calls()]).toEqual([2, 1]);
    expect(one.store.row.text).toBe(one.source.tokens[0]);
  });

  it('keeps the old generation in use until the new generation is published', async () => {
    one.source.gives({ afterMs: 2_000 });
    rekey(one);
    await one.clock.advance(1_900);
    const [before, there] = [join(one), join(two)];
    await one.clock.advance(50);
    expect([before.value?.generation, there.value?.generation]).toEqual([1, 1]);
    await one.clock.advance(100);
    const after = join(two);
    await one.clock.advance(0);
    expect(after.value).toMatchObject({ generation: 2, text: one.source.tokens[0] });
  });

  it('changes only the back-off when the source returns no token', async () => {
    one.source.fails('unavailable', 7);
    const failed = rekey(one);
    await one.clock.advance(0);
    expect(failed.error).toBeInstanceOf(CasUnavailable);
    const { generation, text, leaseUntil, retryAt } = one.store.row;
    expect([generation, text, leaseUntil]).toEqual([1, 'the first', 0]);
    expect(retryAt).toBe(7_000);
    const joined = join(one);
    await one.clock.advance(0);
    expect(joined.value?.generation).toBe(1);
  });

  it('soon after a failure waits until the back-off ends', async () => {
    one.source.fails('unavailable', 7);
    rekey(one);
    await one.clock.advance(100);
    const again = rekey(one);
    await one.clock.advance(6_800);
    expect([again.settledAt, calls()]).toEqual([undefined, 1]);
    await one.clock.advance(200);
    expect([again.value, calls()]).toEqual([2, 2]);
  });

  it('is refused at once with a Retry-After when the back-off is too long', async () => {
    one.source.fails('unavailable', 30);
    rekey(one);
    await one.clock.advance(1_000);
    const again = rekey(one);
    await one.clock.advance(0);
    expect(again.error).toBeInstanceOf(CasUnavailable);
    expect(again.error).toMatchObject({ members: { retryAfter: 29 } });
    expect(calls()).toBe(1);
  });

  it('soon after another re-key is refused with the rest of the pause, without a call', async () => {
    one.store.row.pauseMs = 10_000;
    rekey(one);
    await one.clock.advance(4_000);
    const again = rekey(two, 2);
    await one.clock.advance(0);
    expect(again.error).toBeInstanceOf(RekeyPaused);
    expect(again.error).toMatchObject({ members: { retryAfter: 6 } });
    await one.clock.advance(6_000);
    const later = rekey(two, 2);
    await one.clock.advance(0);
    expect([later.value, calls()]).toEqual([3, 2]);
  });

  it('that failed starts no pause', async () => {
    one.store.row.pauseMs = 10_000;
    one.source.fails();
    rekey(one);
    await one.clock.advance(300);
    const again = rekey(one);
    await one.clock.advance(0);
    expect(again.value).toBe(2);
  });

  it('repairs a room whose token cannot be decrypted', async () => {
    one.store.kind = 'unreadable';
    const moved = rekey(one);
    await one.clock.advance(0);
    expect(moved.value).toBe(2);
  });

  it('of a room without a live token is refused', async () => {
    await one.clock.advance(3_600_000);
    const refused = rekey(one);
    await one.clock.advance(0);
    expect(refused.error).toBeInstanceOf(NoLiveToken);
    expect([calls(), one.store.row.generation]).toEqual([0, 1]);
  });

  it.each([0, 2])(
    'of generation %i, which is not the current one, is refused',
    async (generation) => {
      const refused = rekey(one, generation);
      await one.clock.advance(0);
      expect(refused.error).toBeInstanceOf(GenerationChanged);
      expect([one.store.count('acquire'), calls()]).toEqual([0, 0]);
    },
  );
});

describe('two re-keys of the same generation', () => {
  it('on one replica end the generation once', async () => {
    one.source.gives({ afterMs: 300 });
    const [first, second] = [rekey(one), rekey(one)];
    await one.clock.advance(1_000);
    expect(first.value).toBe(2);
    expect(second.error).toBeInstanceOf(GenerationChanged);
    expect([calls(), one.store.count('acquire')]).toEqual([1, 1]);
  });

  it('on two replicas end the generation once', async () => {
    one.source.gives({ afterMs: 300 });
    const [first, second] = [rekey(one), rekey(two)];
    await one.clock.advance(1_000);
    expect(first.value).toBe(2);
    expect(second.error).toBeInstanceOf(GenerationChanged);
    expect([calls(), one.store.row.generation]).toEqual([1, 2]);
  });

  it('end the generation once, even if the second re-key read it before its end', async () => {
    one.store.answerDelay.read = 500;
    const second = rekey(two);
    await one.clock.advance(10);
    one.store.answerDelay = {};
    const first = rekey(one);
    await one.clock.advance(1_000);
    expect(first.value).toBe(2);
    expect(second.error).toBeInstanceOf(GenerationChanged);
    expect([calls(), one.store.row.generation]).toEqual([1, 2]);
  });

  it('fail together on one replica, and a later re-key succeeds', async () => {
    one.source.fails();
    const [first, second] = [rekey(one), rekey(one)];
    await one.clock.advance(0);
    expect(first.error).toBeInstanceOf(CasUnavailable);
    expect(second.error).toBeInstanceOf(CasUnavailable);
    const third = rekey(one);
    await one.clock.advance(300);
    expect(third.value).toBe(2);
  });
});

describe('the wait of a re-key', () => {
  it('lasts until the lease of another replica ends, and then the re-key succeeds', async () => {
    await one.store.acquire(ROOM, rekeyOf(1));
    const waiter = rekey(two);
    await one.clock.advance(5_900);
    expect([waiter.settledAt, calls()]).toEqual([undefined, 0]);
    // The other replica has died.
    await one.clock.advance(300);
    expect(waiter.value).toBe(2);
  });

  it('ends after 10 s, and leaves no timer', async () => {
    one.source.place = new Promise(() => undefined);
    const waiter = rekey(one);
    await one.clock.advance(9_999);
    expect(waiter.settledAt).toBeUndefined();
    await one.clock.advance(1);
    expect(waiter).toMatchObject({ settledAt: 10_000, error: expect.any(CasUnavailable) });
    expect(one.clock.sleeping).toBe(0);
  });

  it('that has ended causes no call when a place becomes free', async () => {
    let free: () => void = () => undefined;
    one.source.place = new Promise((resolve) => (free = resolve));
    rekey(one);
    await one.clock.advance(10_000);
    free();
    await one.clock.advance(1_000);
    expect([one.store.count('acquire'), calls()]).toEqual([0, 0]);
  });

  it('ends when the server shuts down, and the lease is released', async () => {
    one.source.hangs();
    const waiter = rekey(one);
    await one.clock.advance(100);
    one.tokens.shutDown();
    await one.clock.advance(100);
    expect(waiter.error).toBeInstanceOf(CasUnavailable);
    expect(one.store.row).toMatchObject({ generation: 1, leaseUntil: 0 });
  });

  it('lasts until a mint that is under way on the same replica ends', async () => {
    let free: () => void = () => undefined;
    one.source.place = new Promise((resolve) => (free = resolve));
    const mint = new Watched(one.minter.mint(ROOM, wanted), one.clock);
    const moved = rekey(one);
    await one.clock.advance(1_000);
    expect([mint.settledAt, moved.settledAt]).toEqual([undefined, undefined]);
    free();
    await one.clock.advance(1_000);
    expect([mint.value, moved.value, calls()]).toEqual(['not acquired', 2, 1]);
  });

  it('is one loop for all re-keys of the same generation on a replica', async () => {
    await one.store.acquire(ROOM, rekeyOf(1));
    const steps = one.store.steps.length;
    const waiters = Array.from({ length: 20 }, () => rekey(two));
    await one.clock.advance(1_000);
    // A read and an attempt every 80 ms.
    expect(one.store.steps.length - steps).toBeLessThanOrEqual(30);
    await one.clock.advance(6_000);
    expect(waiters.filter(({ value }) => value === 2)).toHaveLength(1);
    expect(waiters.filter(({ error }) => error instanceof GenerationChanged)).toHaveLength(19);
  });
});
