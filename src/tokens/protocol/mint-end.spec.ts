import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Protocol,
  ROOM,
  startProtocol,
  wanted,
  Watched,
} from '../../../test/support/protocol.js';

let protocol: Protocol;

beforeEach(() => {
  protocol = startProtocol();
});

/** Mints, and lets so many milliseconds pass. */
async function mintWithin(milliseconds: number): Promise<void> {
  const mint = new Watched(protocol.minter.mint(ROOM, wanted), protocol.clock);
  await protocol.clock.advance(milliseconds);
  expect(mint.settledAt).toBeDefined();
}

describe('the end of a mint', () => {
  it('is reported with its generation and its duration', async () => {
    const { source, notes } = protocol;
    source.gives({ afterMs: 1_500 });
    await mintWithin(2_000);
    expect(notes.ends).toEqual([{ roomId: ROOM, end: 'published', generation: 1, seconds: 1.5 }]);
  });

  it.each(['refused', 'unavailable'] as const)('is reported as %s', async (kind) => {
    const { source, notes } = protocol;
    source.fails(kind);
    await mintWithin(0);
    expect(notes.ends).toMatchObject([{ end: kind }]);
  });

  it('is reported as unavailable when the token expired before it was published', async () => {
    const { source, store, notes } = protocol;
    source.gives({ lifeSeconds: 3 });
    store.lost.publish = { times: 1, done: false };
    store.answerDelay.publish = 2_500;
    await mintWithin(6_000);
    expect(notes.ends).toMatchObject([{ end: 'unavailable' }]);
  });

  it('is reported as lost when the lease had ended', async () => {
    const { store, notes } = protocol;
    store.effectDelay.publish = 6_500;
    const mint = new Watched(protocol.minter.mint(ROOM, wanted), protocol.clock);
    await protocol.clock.advance(6_100);
    store.publishElsewhere('of another replica');
    await protocol.clock.advance(400);
    expect(mint.value).toBe('lost');
    expect(notes.ends).toMatchObject([{ end: 'lost' }]);
  });

  it('is reported as released when the server shut down', async () => {
    const { store, minter, notes } = protocol;
    store.answerDelay.acquire = 50;
    const mint = new Watched(minter.mint(ROOM, wanted), protocol.clock);
    await protocol.clock.advance(10);
    minter.shutDown();
    await protocol.clock.advance(40);
    expect(mint.value).toBe('released');
    expect(notes.ends).toMatchObject([{ end: 'released' }]);
  });

  it('is reported as broken when the database failed', async () => {
    const { source, store, notes } = protocol;
    source.fails();
    store.lost.fail = { times: 1, done: false };
    await mintWithin(0);
    expect(notes.ends).toMatchObject([{ end: 'broken' }]);
  });

  it('is not reported for a mint that never had the lease', async () => {
    const { store, notes } = protocol;
    store.publishElsewhere('of another replica');
    await mintWithin(0);
    expect(notes.ends).toEqual([]);
  });
});
