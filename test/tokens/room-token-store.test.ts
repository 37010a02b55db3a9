import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RoomTokensRepository } from '../../src/tokens/protocol/room-tokens.repository.js';
import type { Lease, Publication } from '../../src/tokens/protocol/token-store.js';
import { useApp } from '../support/app.js';
import { changeTokenRow, tokenRowOf } from '../support/token-rows.js';

let store: RoomTokensRepository;
let room: string;

const server = useApp();

beforeAll(async () => {
  store = server.app.get(RoomTokensRepository);
});
beforeEach(async () => {
  room = (await server.createRoom()).id;
});

const row = () => tokenRowOf(server.database, room);
const change = (assignments: string) => changeTokenRow(server.database, room, assignments);
const token: Publication = { text: 'the vendor’s token', lifeSeconds: 3_600, serveSeconds: 3_570 };

async function acquire(): Promise<Lease> {
  const lease = await store.acquire(room);
  if (!lease) throw new Error('The lease was refused.');
  return lease;
}

/** A lease that has expired, and the lease that was acquired after it. */
async function expireLease(): Promise<{ ended: Lease; current: Lease }> {
  const ended = await acquire();
  await change(`lease_until = clock_timestamp() - interval '1 ms'`);
  return { ended, current: await acquire() };
}

describe('the lease', () => {
  it('goes to one of 50 callers at once, for 6 s', async () => {
    const leases = await Promise.all(Array.from({ length: 50 }, () => store.acquire(room)));
    expect(leases.filter(Boolean)).toEqual([{ roomId: room, fence: '1', generation: 0 }]);
    const { fence, leaseIn } = await row();
    expect(fence).toBe('1');
    expect(leaseIn).toBeGreaterThan(4);
    expect(leaseIn).toBeLessThanOrEqual(6);
    expect(await store.read(room)).toMatchObject({ kind: 'cold', leased: true });
  });

  it.each([
    ['live', `serve_until = clock_timestamp() + interval '1 min'`],
    ['leased', `lease_until = clock_timestamp() + interval '1 s'`],
    ['cooling down', `retry_at = clock_timestamp() + interval '1 s'`],
  ])('is refused while the room is %s', async (_, state) => {
    await change(state);
    expect(await store.acquire(room)).toBeUndefined();
    expect((await row()).fence).toBe('0');
  });

  it.each(['serve_until', 'lease_until', 'retry_at'])(
    'is granted after %s has passed',
    async (at) => {
      await change(`${at} = clock_timestamp() - interval '1 ms'`);
      expect(await store.acquire(room)).toMatchObject({ fence: '1' });
    },
  );

  it('that follows an expired lease has a higher fence', async () => {
    const { ended, current } = await expireLease();
    expect(Number(current.fence)).toBeGreaterThan(Number(ended.fence));
  });

  it('can be acquired again at once after its release', async () => {
    const lease = await acquire();
    await store.release(lease);
    expect(await row()).toMatchObject({ leaseIn: null, retryIn: null, failures: 0 });
    expect(Number((await acquire()).fence)).toBeGreaterThan(Number(lease.fence));
  });

  it('of a deleted room is refused, and the token of a mint in flight is discarded', async () => {
    const lease = await acquire();
    await server.admin.delete(`/v1/rooms/${room}`);
    expect(await store.publish(lease, token)).toBeUndefined();
    expect(await store.acquire(room)).toBeUndefined();
    expect(await store.read(room)).toEqual({ kind: 'gone' });
    expect(await row()).toMatchObject({ token: null, generation: 0 });
  });
});

describe('a lease that has ended', () => {
  it.each(['publish', 'fail', 'release'] as const)('cannot be used to %s', async (step) => {
    const { ended } = await expireLease();
    const before = await row();
    const outcome = step === 'publish' ? store.publish(ended, token) : store[step](ended, 30);
    expect(await outcome).toBeUndefined();
    const after = await row();
    expect(pick(after)).toEqual(pick(before));
    expect(after).toMatchObject({ leaseIn: expect.any(Number), retryIn: null, serveIn: null });
    expect(await store.hasPublished(ended, token.text)).toBe(false);
  });

  it.each(['publish', 'fail', 'release'] as const)('stays ended after its own %s', async (step) => {
    const lease = await acquire();
    if (step === 'publish') await store.publish(lease, token);
    else await store[step](lease, 0);
    const before = await row();
    expect(await store.publish(lease, { ...token, text: 'a second one' })).toBeUndefined();
    await store.fail(lease, 30);
    await store.release(lease);
    expect(pick(await row())).toEqual(pick(before));
  });
});

/** The columns that do not change with time. */
function pick({
  generation,
  token,
  fence,
  failures,
  fingerprint,
}: Awaited<ReturnType<typeof row>>) {
  return { generation, token, fence, failures, fingerprint };
}

describe('a published token', () => {
  it('is the next generation, is live until serve_until, and resets the back-off', async () => {
    await change('failures = 5');
    expect(await store.publish(await acquire(), token)).toBe(1);
    const stored = await row();
    expect(stored).toMatchObject({ generation: 1, leaseIn: null, retryIn: null, failures: 0 });
    expect(stored.serveIn).toBeGreaterThan(3_565);
    expect(stored.serveIn).toBeLessThanOrEqual(3_570);
    expect(stored.expiresIn).toBeGreaterThan(3_595);
    expect(stored.expiresIn).toBeLessThanOrEqual(3_600);
    const { fingerprint } = stored;
    const live = { kind: 'live', token: { text: token.text, generation: 1, fingerprint } };
    expect(await store.read(room)).toMatchObject(live);
  });

  it('is recorded in the history with the reason first or expired', async () => {
    await store.publish(await acquire(), token);
    await change('serve_until = clock_timestamp()');
    expect(await store.publish(await acquire(), { ...token, text: 'the next one' })).toBe(2);
    const history = await server.database.query(
      `select generation, reason, fingerprint from room_generations
        where room_id = $1 order by generation`,
      [room],
    );
    const fingerprint = expect.stringMatching(/^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}$/);
    expect(history).toEqual([
      { generation: 1, reason: 'first', fingerprint },
      { generation: 2, reason: 'expired', fingerprint: (await row()).fingerprint },
    ]);
    expect(history[0]).not.toMatchObject({ fingerprint: (await row()).fingerprint });
  });

  it('is stored as ciphertext, which differs each time', async () => {
    await store.publish(await acquire(), token);
    const first = (await row()).token;
    await change('serve_until = clock_timestamp()');
    await store.publish(await acquire(), token);
    const second = (await row()).token;
    for (const bytes of [first, second]) {
      expect(bytes?.includes(token.text)).toBe(false);
      expect(bytes).toHaveLength(29 + Buffer.byteLength(token.text));
    }
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
  });

  it('is recognized by the lease that published it, and by no other lease or token', async () => {
    const lease = await acquire();
    expect(await store.hasPublished(lease, token.text)).toBe('still leased');
    await store.publish(lease, token);
    expect(await store.hasPublished(lease, token.text)).toBe(true);
    expect(await store.hasPublished(lease, 'another token')).toBe(false);
    await change('serve_until = clock_timestamp()');
    await store.publish(await acquire(), token);
    expect(await store.hasPublished(lease, token.text)).toBe(false);
  });
});

describe('the back-off after a failure', () => {
  const least = [0.125, 0.25, 0.5, 1, 2, 4, 5, 5];

  it('is between half and all of 250 ms, doubling to 10 s', async () => {
    for (const [failures, half] of least.entries()) {
      await store.fail(await acquire(), 0);
      const { retryIn, failures: counted } = await row();
      expect(counted).toBe(failures + 1);
      // A second of grace for a slow machine; the upper end is exact.
      expect(retryIn).toBeGreaterThan(half - 1);
      expect(retryIn).toBeLessThanOrEqual(half * 2);
      await change('retry_at = clock_timestamp()');
    }
  });

  it('is never less than half of its maximum, and has jitter', async () => {
    const waits = [];
    for (let time = 0; time < 20; time += 1) {
      await change('failures = 8, retry_at = null');
      await store.fail(await acquire(), 0);
      waits.push((await row()).retryIn ?? 0);
    }
    expect(Math.min(...waits)).toBeGreaterThan(4);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(0.5);
  });

  it.each([
    [7, 7],
    [30, 30],
    [3_600, 30],
    [0.01, 0.25],
  ])('with a Retry-After of %f s lasts at most %f s', async (asked, wait) => {
    await store.fail(await acquire(), asked);
    const { retryIn } = await row();
    expect(retryIn).toBeLessThanOrEqual(wait);
    expect(retryIn).toBeGreaterThan(wait - 2);
    expect(await store.read(room)).toMatchObject({ kind: 'cold', leased: false });
  });
});
