import { beforeEach, describe, expect, it } from 'vitest';
import { NotFound } from '../../platform/http/problems.js';
import { type Protocol, ROOM, startProtocol, Watched } from '../../../test/support/protocol.js';
import type { StoredToken } from './token-store.js';
import { CasUnavailable } from './tokens.problems.js';

let protocol: Protocol;

beforeEach(() => {
  protocol = startProtocol();
});

function wait(room = ROOM, hasLeft = () => false): Watched<StoredToken> {
  return new Watched(protocol.tokens.awaitLive(room, 10_000, hasLeft), protocol.clock);
}

function retryAfterOf(waiter: Watched<StoredToken>): number | undefined {
  return waiter.error instanceof CasUnavailable ? waiter.error.members.retryAfter : undefined;
}

describe('a caller that waits for the token of a cold room', () => {
  it('gets the token that is minted for all callers', async () => {
    const { clock, source } = protocol;
    source.gives({ afterMs: 300 });
    const waiters = Array.from({ length: 50 }, () => wait());
    await clock.advance(1_000);
    expect(new Set(waiters.map(({ value }) => value?.text))).toEqual(new Set(source.tokens));
    expect(source.calls).toHaveLength(1);
  });

  it('gets no result of a read that began before the caller came', async () => {
    const { clock, store } = protocol;
    store.publishElsewhere('the old one');
    store.answerDelay.read = 400;
    const early = wait();
    await clock.advance(200);
    // The running read has seen the old generation already; its answer is on the way.
    store.publishElsewhere('the new one');
    const late = wait();
    await clock.advance(200);
    expect(early.value).toMatchObject({ text: 'the old one', generation: 1 });
    expect(late.settledAt).toBeUndefined();
    await clock.advance(600);
    expect(late.value).toMatchObject({ text: 'the new one', generation: 2 });
  });

  it('is refused as not found if the room is deleted', async () => {
    const { clock, store } = protocol;
    store.kind = 'gone';
    const waiter = wait();
    await clock.advance(0);
    expect(waiter.error).toBeInstanceOf(NotFound);
  });

  it('is refused at once if the stored token does not decrypt, without a call to CAS', async () => {
    const { clock, store, source } = protocol;
    store.kind = 'unreadable';
    const waiter = wait();
    await clock.advance(60_000);
    expect(waiter).toMatchObject({ settledAt: 0 });
    expect(waiter.error).toBeInstanceOf(CasUnavailable);
    expect([source.calls.length, store.count('acquire')]).toEqual([0, 0]);
  });

  it('gets the error of the database, and the next caller reads again', async () => {
    const { clock, store } = protocol;
    store.lost.read = { times: 1, done: false };
    const [first, second] = [wait(), wait()];
    await clock.advance(100);
    expect([first?.error, second?.value?.generation]).toEqual([expect.any(Error), 1]);
  });

  it('keeps waiting if the answer to the acquire was lost, and mints only with the lease', async () => {
    const { clock, store, source } = protocol;
    store.lost.acquire = { times: 1, done: true };
    const waiter = wait();
    await clock.advance(6_500);
    // The lease of the lost answer had to expire first.
    expect(waiter.value?.generation).toBe(1);
    expect(waiter.settledAt).toBeGreaterThanOrEqual(6_000);
    expect(source.calls).toHaveLength(1);
  });
});

describe('a client that leaves while it waits', () => {
  it('ends its wait together with the attempt that is under way', async () => {
    const { clock, source } = protocol;
    source.hangs();
    const waiter = wait(ROOM, () => clock.now() >= 500);
    const staying = wait();
    await clock.advance(2_000);
    expect([waiter.settledAt, source.calls.length]).toEqual([undefined, 1]);
    await clock.advance(3_000);
    expect(waiter.error).toBeInstanceOf(CasUnavailable);
    expect(staying.error).toBeUndefined();
  });

  it('causes no call if it left before the wait', async () => {
    const { clock, source } = protocol;
    const waiter = wait(ROOM, () => true);
    await clock.advance(1_000);
    expect(waiter.error).toBeInstanceOf(CasUnavailable);
    expect(source.calls).toEqual([]);
  });
});

describe('the polling', () => {
  it('is one loop per room, every 40 to 120 ms, for any number of callers', async () => {
    const { clock, store } = protocol;
    store.row.leaseUntil = 5_000;
    for (let step = 0; step < 100; step += 1) {
      for (let many = 0; many < 10; many += 1) wait();
      await clock.advance(40);
    }
    const times = store.steps.filter(({ step }) => step === 'read').map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(120);
  });

  it('ends when nobody waits any more', async () => {
    const { clock, store } = protocol;
    wait();
    await clock.advance(1_000);
    const reads = store.count('read');
    await clock.advance(60_000);
    expect([store.count('read'), clock.sleeping]).toEqual([reads, 0]);
  });

  it('of one room does not delay another room', async () => {
    const { clock, source } = protocol;
    source.hangs();
    const first = wait();
    await clock.advance(100);
    protocol.store.publishElsewhere('theirs');
    const second = wait('another');
    await clock.advance(0);
    expect([first.settledAt, second.value?.text]).toEqual([undefined, 'theirs']);
  });

  it('makes only one acquire at a time', async () => {
    const { clock, store } = protocol;
    store.answerDelay.acquire = 3_000;
    wait();
    await clock.advance(1_000);
    wait();
    await clock.advance(1_000);
    expect(store.count('acquire')).toBe(1);
  });
});

describe('the wait of a caller', () => {
  it('ends after 10 s with a Retry-After, while the mint continues', async () => {
    const { clock, store, source } = protocol;
    store.row.leaseUntil = 9_000;
    source.gives({ afterMs: 2_000 });
    const waiter = wait();
    await clock.advance(9_999);
    expect(waiter.settledAt).toBeUndefined();
    await clock.advance(1);
    expect(waiter.error).toBeInstanceOf(CasUnavailable);
    expect(retryAfterOf(waiter)).toBeGreaterThanOrEqual(1);
    await clock.advance(2_000);
    expect(store.row).toMatchObject({ generation: 1, text: source.tokens[0] });
    expect(source.calls).toHaveLength(1);
  });

  it('is measured for each caller separately', async () => {
    const { clock, store } = protocol;
    store.row.leaseUntil = 60_000;
    const first = wait();
    await clock.advance(4_000);
    const second = wait();
    await clock.advance(12_000);
    expect(first.settledAt).toBe(10_000);
    expect(second.settledAt).toBe(14_000);
  });

  it('ends at once when the next attempt would come too late', async () => {
    const { clock, store, source } = protocol;
    store.row.retryAt = 25_000;
    const waiter = wait();
    await clock.advance(0);
    expect(waiter).toMatchObject({ settledAt: 0 });
    expect(retryAfterOf(waiter)).toBe(25);
    expect(source.calls).toEqual([]);
  });

  it('continues when the next attempt comes in time', async () => {
    const { clock, source } = protocol;
    source.fails('unavailable', 3);
    const waiter = wait();
    await clock.advance(3_200);
    expect(waiter.value?.generation).toBe(1);
    expect(source.calls.map(({ at }) => at)).toEqual([0, expect.any(Number)]);
    expect(source.calls[1]?.at).toBeGreaterThanOrEqual(3_000);
  });

  it('ends at once when CAS asks for a longer pause', async () => {
    const { clock, source } = protocol;
    source.fails('unavailable', 30);
    const waiter = wait();
    await clock.advance(200);
    expect(waiter.settledAt).toBeLessThan(200);
    expect(retryAfterOf(waiter)).toBeGreaterThan(29);
  });
});
