import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Protocol,
  ROOM,
  startProtocol,
  wanted,
  Watched,
} from '../../../test/support/protocol.js';
import type { Outcome } from './minter.js';

let protocol: Protocol;

beforeEach(() => {
  protocol = startProtocol();
});

function mint(isWanted: () => boolean = wanted): Watched<Outcome> {
  return new Watched(protocol.minter.mint(ROOM, isWanted), protocol.clock);
}

describe('a mint', () => {
  it('acquires the lease, calls the source once and publishes the token', async () => {
    const { clock, store, source } = protocol;
    const outcome = mint();
    await clock.advance(0);
    expect(outcome.value).toBe('published');
    expect(store.steps.map(({ step }) => step)).toEqual(['acquire', 'publish']);
    expect(source.calls).toHaveLength(1);
    expect(store.row).toMatchObject({ generation: 1, text: source.tokens[0], leaseUntil: 0 });
  });

  it('never calls the source without the lease', async () => {
    const { clock, store, source } = protocol;
    store.publishElsewhere('of another replica');
    const outcome = mint();
    await clock.advance(0);
    expect(outcome.value).toBe('not acquired');
    expect(source.calls).toEqual([]);
  });

  it('runs once per room and replica, and callers in the meantime share its outcome', async () => {
    const { clock, store, source } = protocol;
    source.gives({ afterMs: 1_000 });
    const outcomes = [mint(), mint()];
    await clock.advance(500);
    outcomes.push(mint());
    await clock.advance(500);
    expect(outcomes.map(({ value }) => value)).toEqual(['published', 'published', 'published']);
    expect([store.count('acquire'), source.calls.length]).toEqual([1, 1]);
  });

  it('of one room does not delay another room', async () => {
    const { clock, source, minter } = protocol;
    source.hangs();
    mint();
    await clock.advance(10);
    const second = new Watched(minter.mint('another', wanted), clock);
    await clock.advance(0);
    expect(second.value).toBe('not acquired');
  });
});

describe('the place among the calls in flight', () => {
  it('is taken before the lease is acquired', async () => {
    const { clock, store, source } = protocol;
    let free: () => void = () => undefined;
    source.place = new Promise((resolve) => (free = resolve));
    const outcome = mint();
    await clock.advance(20_000);
    expect(store.count('acquire')).toBe(0);
    free();
    await clock.advance(0);
    expect(outcome.value).toBe('published');
  });

  it('is released when nobody wants the token any more', async () => {
    const { clock, store } = protocol;
    const outcome = mint(() => false);
    await clock.advance(0);
    expect(outcome.value).toBe('not acquired');
    expect(store.count('acquire')).toBe(0);
  });
});

describe('the budget of the source', () => {
  it('is 3.8 s, counted from before the acquire was sent', async () => {
    const { clock, store, source } = protocol;
    store.answerDelay.acquire = 1_500;
    source.hangs();
    const outcome = mint();
    await clock.advance(3_799);
    expect(outcome.settledAt).toBeUndefined();
    await clock.advance(1);
    expect(outcome).toMatchObject({ value: 'failed', settledAt: 3_800 });
  });

  it('allows no call that could not end in time, and the lease is released', async () => {
    const { clock, store, source } = protocol;
    store.answerDelay.acquire = 3_600;
    const outcome = mint();
    await clock.advance(3_600);
    expect(outcome.value).toBe('released');
    expect(source.calls).toEqual([]);
    expect(store.row.leaseUntil).toBe(0);
  });

  it('leaves no timer behind when the source answers', async () => {
    const { clock } = protocol;
    mint();
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });
});

describe('a source that returns no token', () => {
  it.each(['refused', 'unavailable'] as const)('ends the lease as %s', async (kind) => {
    const { clock, store, source, notes } = protocol;
    source.fails(kind, 7);
    const outcome = mint();
    await clock.advance(0);
    expect(outcome.value).toBe('failed');
    expect(store.retryAfters).toEqual([7]);
    expect(store.row).toMatchObject({ generation: 0, leaseUntil: 0, retryAt: 7_000 });
    expect(notes.failures.map((failure) => failure.kind)).toEqual([kind]);
  });

  it('is not called again under the same lease', async () => {
    const { clock, source } = protocol;
    source.fails();
    mint();
    await clock.advance(60_000);
    expect(source.calls).toHaveLength(1);
  });

  it.each([1, 0.5, -60])('counts as failed if its token has %f s left', async (lifeSeconds) => {
    const { clock, store, source, notes } = protocol;
    source.gives({ lifeSeconds });
    const outcome = mint();
    await clock.advance(0);
    expect(outcome.value).toBe('failed');
    expect(store.published).toEqual([]);
    expect(notes.failures).toMatchObject([{ kind: 'unavailable' }]);
  });
});

describe('a published token', () => {
  it('lives as long as CAS says, minus the time since the answer', async () => {
    const { clock, store, source } = protocol;
    store.effectDelay.publish = 0;
    source.gives({ lifeSeconds: 100 });
    mint();
    await clock.advance(0);
    expect(store.row).toMatchObject({ serveUntil: 70_000, expiresAt: 100_000 });
  });

  it('is served for half of its life if the margin is longer', async () => {
    const { clock, store, source } = protocol;
    source.gives({ lifeSeconds: 10 });
    mint();
    await clock.advance(0);
    expect(store.row).toMatchObject({ serveUntil: 5_000, expiresAt: 10_000 });
  });

  it('lives for the configured age if it has no readable exp, and the log says so', async () => {
    const { clock, store, source, notes } = protocol;
    source.gives({ text: 'opaque' });
    mint();
    await clock.advance(0);
    expect(store.row).toMatchObject({ text: 'opaque', serveUntil: 900_000, expiresAt: 900_000 });
    expect(notes.unknownLives).toEqual([ROOM]);
  });
});

describe('a shutdown', () => {
  it('ends the call and releases the lease at once', async () => {
    const { clock, store, source, minter } = protocol;
    source.hangs();
    const outcome = mint();
    await clock.advance(100);
    expect(store.row.leaseUntil).toBe(6_000);
    minter.shutDown();
    await clock.advance(0);
    expect(outcome).toMatchObject({ value: 'released', settledAt: 100 });
    expect(store.row).toMatchObject({ leaseUntil: 0, retryAt: 0 });
  });

  it('during the acquire releases the lease without a call', async () => {
    const { clock, store, source, minter } = protocol;
    store.answerDelay.acquire = 50;
    const outcome = mint();
    await clock.advance(10);
    minter.shutDown();
    await clock.advance(40);
    expect(outcome.value).toBe('released');
    expect([source.calls.length, store.row.leaseUntil]).toEqual([0, 0]);
  });

  it('allows no mint after it', async () => {
    const { clock, store, minter } = protocol;
    minter.shutDown();
    const outcome = mint();
    await clock.advance(0);
    expect(outcome.value).toBe('not acquired');
    expect(store.count('acquire')).toBe(0);
  });
});
