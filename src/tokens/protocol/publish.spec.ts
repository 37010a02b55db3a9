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

function mint(): Watched<Outcome> {
  return new Watched(protocol.minter.mint(ROOM, wanted), protocol.clock);
}

describe('a publish after the lease has ended', () => {
  it('stores nothing, and the token is discarded', async () => {
    const { clock, store } = protocol;
    store.effectDelay.publish = 6_500;
    const outcome = mint();
    await clock.advance(6_100);
    // The lease has expired: another replica mints and publishes.
    store.publishElsewhere('of another replica');
    await clock.advance(400);
    expect(outcome.value).toBe('lost');
    expect(store.published).toEqual(['of another replica']);
    expect(store.row).toMatchObject({ generation: 1, text: 'of another replica' });
  });

  it('stores nothing even if the same replica has a new lease', async () => {
    const { clock, store } = protocol;
    store.effectDelay.publish = 7_000;
    const outcome = mint();
    await clock.advance(6_500);
    const next = await store.acquire(ROOM);
    expect(next).toBeDefined();
    await clock.advance(500);
    expect(outcome.value).toBe('lost');
    expect(store.published).toEqual([]);
    expect(store.row).toMatchObject({ generation: 0, leaseUntil: 12_500 });
  });
});

describe('a publish whose answer was lost', () => {
  it('is read back, and counts as published if it was stored', async () => {
    const { clock, store, source } = protocol;
    store.lost.publish = { times: 1, done: true };
    const outcome = mint();
    await clock.advance(7_000);
    expect(outcome.value).toBe('published');
    expect(store.steps.map(({ step }) => step)).toEqual(['acquire', 'publish', 'hasPublished']);
    expect([store.published, source.calls.length]).toEqual([source.tokens, 1]);
  });

  it('is sent again with the same token if nothing was stored and the lease still lasts', async () => {
    const { clock, store, source } = protocol;
    store.lost.publish = { times: 2, done: false };
    const outcome = mint();
    await clock.advance(7_000);
    expect(outcome.value).toBe('published');
    expect([store.published, source.calls.length]).toEqual([source.tokens, 1]);
  });

  it('discards the token if another replica has published in the meantime', async () => {
    const { clock, store, source } = protocol;
    store.effectDelay.publish = 6_500;
    store.lost.publish = { times: 1, done: false };
    const outcome = mint();
    await clock.advance(6_100);
    store.publishElsewhere('of another replica');
    await clock.advance(7_000);
    expect(outcome.value).toBe('lost');
    expect([store.published, source.calls.length]).toEqual([['of another replica'], 1]);
  });

  it('is read back again until the database answers', async () => {
    const { clock, store, source } = protocol;
    store.lost.publish = { times: 1, done: true };
    store.lost.hasPublished = { times: 5, done: true };
    const outcome = mint();
    await clock.advance(7_000);
    expect(outcome.value).toBe('published');
    expect(store.count('hasPublished')).toBe(6);
    expect([store.published, source.calls.length]).toEqual([source.tokens, 1]);
  });

  it('is given up after 7 s, without another call to the source', async () => {
    const { clock, store, source } = protocol;
    store.lost.publish = { times: Infinity, done: false };
    store.lost.hasPublished = { times: Infinity, done: true };
    const outcome = mint();
    await clock.advance(6_900);
    expect(outcome.settledAt).toBeUndefined();
    await clock.advance(1_000);
    expect(outcome.value).toBe('lost');
    expect([store.published, source.calls.length]).toEqual([[], 1]);
  });

  it('is sent again after a pause, even if the database refuses it faster', async () => {
    const { clock, store } = protocol;
    store.lost.publish = { times: Infinity, done: false };
    // Each step takes a millisecond, because virtual time would stand still otherwise.
    store.effectDelay = { publish: 1, hasPublished: 1 };
    const outcome = mint();
    await clock.advance(8_000);
    expect(outcome.value).toBe('lost');
    expect(store.count('publish')).toBeLessThan(100);
  });

  it('is not sent again when the token has expired in the meantime', async () => {
    const { clock, store, source } = protocol;
    source.gives({ lifeSeconds: 3 });
    store.effectDelay.publish = 2_500;
    store.lost.publish = { times: 1, done: false };
    const outcome = mint();
    await clock.advance(8_000);
    expect(outcome.value).toBe('failed');
    expect(store.published).toEqual([]);
    expect(store.row.leaseUntil).toBe(0);
  });
});
