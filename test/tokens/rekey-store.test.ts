import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/database.js';
import { RoomTokensRepository } from '../../src/tokens/protocol/room-tokens.repository.js';
import type { Publication, Rekey } from '../../src/tokens/protocol/token-store.js';
import { TokensService } from '../../src/tokens/tokens.service.js';
import { useApp } from '../support/app.js';
import { changeTokenRow, tokenRowOf } from '../support/token-rows.js';

let store: RoomTokensRepository;
let room: string;
let rekey: Rekey;

const server = useApp();

beforeAll(async () => {
  store = server.app.get(RoomTokensRepository);
});
beforeEach(async () => {
  const created = await server.createRoom();
  room = created.id;
  await server.join(server.admin, created);
  const userId = server.admin.signedIn?.user.id ?? '';
  const origin = { address: '203.0.113.7', device: 'a browser', requestId: 'a request' };
  rekey = { generation: 1, reason: 'the token leaked', actor: { userId, origin } };
});

const row = () => tokenRowOf(server.database, room);
const change = (assignments: string) => changeTokenRow(server.database, room, assignments);
const token: Publication = { text: 'a new token', lifeSeconds: 3_600, serveSeconds: 3_570 };

describe('the lease for a re-key', () => {
  it('of a live room goes to one of 20 callers at once', async () => {
    const asked = Array.from({ length: 20 }, () => store.acquire(room, rekey));
    const leases = (await Promise.all(asked)).filter(Boolean);
    expect(leases).toEqual([{ roomId: room, fence: '3', generation: 1, rekey }]);
    expect((await store.read(room)).kind).toBe('live');
  });

  it('is refused before the end of the back-off', async () => {
    await change(`retry_at = clock_timestamp() + interval '1 min'`);
    expect(await store.acquire(room, rekey)).toBeUndefined();
    expect(await store.read(room)).toMatchObject({ kind: 'live', pausedSeconds: 0 });
    await change(`retry_at = clock_timestamp()`);
    expect(await store.acquire(room, rekey)).toBeDefined();
  });

  it('is refused within 10 s of another re-key', async () => {
    await change(`rekeyed_at = clock_timestamp() - interval '9 s'`);
    expect(await store.acquire(room, rekey)).toBeUndefined();
    const state = await store.read(room);
    expect('pausedSeconds' in state && Math.ceil(state.pausedSeconds)).toBe(1);
    await change(`rekeyed_at = clock_timestamp() - interval '10 s'`);
    expect(await store.acquire(room, rekey)).toBeDefined();
  });

  it('is refused while another caller holds it', async () => {
    await change(`lease_until = clock_timestamp() + interval '1 min'`);
    expect(await store.acquire(room, rekey)).toBeUndefined();
  });

  it.each([0, 2])('is refused for generation %i, which is not the current one', async (n) => {
    expect(await store.acquire(room, { ...rekey, generation: n })).toBeUndefined();
    expect((await row()).fence).toBe('2');
  });

  it('is refused a second time for the same generation', async () => {
    const lease = await store.acquire(room, rekey);
    expect(lease && (await store.publish(lease, token))).toBe(2);
    expect(await store.acquire(room, rekey)).toBeUndefined();
  });

  it('is refused in a room that never had a token', async () => {
    const { id } = await server.createRoom();
    expect(await store.acquire(id, { ...rekey, generation: 0 })).toBeUndefined();
  });

  it('is refused to a caller that waited for the row of a deleted room', async () => {
    const find = { strict: false } as const;
    let acquired: Promise<unknown> = Promise.resolve('not asked');
    await server.app.get(Database, find).transaction(async (transaction) => {
      await transaction.query('update rooms set deleted_at = clock_timestamp() where id = $1', [
        room,
      ]);
      await server.app.get(TokensService, find).discard(transaction, room);
      acquired = store.acquire(room, rekey);
      const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                        and datname = current_database() and query ilike '%room_tokens%'`;
      await expect.poll(() => server.database.query(waits)).toHaveLength(1);
    });
    expect(await acquired).toBeUndefined();
  });
});

describe('the publication of a re-key', () => {
  it('records the reason in the history, in the feed and in the audit trail', async () => {
    const userId = (await server.signUp()).signedIn?.user.id ?? '';
    const lease = await store.acquire(room, { ...rekey, userId });
    expect(lease && (await store.publish(lease, token))).toBe(2);
    const values = [room];
    const history = `select generation, reason, serve_until - started_at > interval '59 min' as served
                       from room_generations where room_id = $1 order by generation`;
    expect(await server.database.query(history, values)).toEqual([
      { generation: 1, reason: 'first', served: true },
      { generation: 2, reason: 'rekey', served: true },
    ]);
    const events = `select type, data from room_events where room_id = $1 order by id`;
    expect(await server.database.query(events, values)).toEqual([
      { type: 'token.moved', data: { generation: 1, reason: 'first' } },
      { type: 'token.moved', data: { generation: 2, reason: 'rekey' } },
    ]);
    const entries = `select actor_id, user_id, details, address, request_id from audit_entries
                      where room_id = $1 and action = 'token.rekeyed'`;
    expect(await server.database.query(entries, values)).toEqual([
      {
        actor_id: rekey.actor.userId,
        user_id: userId,
        details: { generation: 2, reason: 'the token leaked' },
        address: '203.0.113.7',
        request_id: 'a request',
      },
    ]);
  });

  it('records nothing after its lease has ended', async () => {
    const lease = await store.acquire(room, rekey);
    if (lease) await store.release(lease);
    expect(lease && (await store.publish(lease, token))).toBeUndefined();
    const written = `select (select count(*) from room_generations where room_id = $1)
                          + (select count(*) from audit_entries where room_id = $1
                              and action = 'token.rekeyed') as written`;
    expect(await server.database.query(written, [room])).toEqual([{ written: '1' }]);
  });
});
