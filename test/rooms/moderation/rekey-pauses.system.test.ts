import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { scraperOf } from '../../support/scraper.js';
import type { List, Room } from '../../support/shapes.js';
import { changeTokenRow, tokenRowOf } from '../../support/token-rows.js';

let server: TestApp;
/** Another replica over the same database and CAS. */
let other: TestApp;
let host: Client;
let ann: Client;
let ben: Client;
let cid: Client;

beforeAll(async () => {
  server = await startApp({ METRICS_PORT: '0' });
  other = await startApp({ DATABASE_URL: server.database.url, CAS_URL: server.cas.url });
  [host, ann, ben, cid] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Ann'),
    server.signUp('Ben'),
    server.signUp('Cid'),
  ]);
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});
afterEach(() => server.cas.reset());

const elsewhere = (client: Client) => new Client(other.url, client.signedIn);
const calls = () => server.cas.stats().received;
const generationOf = async (room: Room) => (await tokenRowOf(server.database, room.id)).generation;
const rekey = (by: Client, room: Room, body: object = {}) =>
  by.post<{ generation: number }>(`/v1/rooms/${room.id}/rekey`, { reason: 'a leak', ...body });
const ban = (by: Client, room: Room, target: Client) =>
  by.put(`/v1/rooms/${room.id}/bans/${idOf(target)}`, { rekey: true });
const kick = (by: Client, room: Room, target: Client) =>
  by.delete(`/v1/rooms/${room.id}/participants/${idOf(target)}?rekey=true`);

/** A room with Ann, Ben and Cid inside, run by Host. */
async function party(): Promise<Room> {
  const room = await server.createRoom();
  await server.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
  for (const client of [ann, ben, cid]) await server.join(client, room);
  server.cas.reset();
  return room;
}

/** A party that was re-keyed just now: its generation is 2. */
async function rekeyedParty(): Promise<Room> {
  const room = await party();
  expect((await rekey(host, room)).status).toBe(200);
  server.cas.reset();
  return room;
}

const pendingOf = (room: Room) =>
  server.database.query<{ generation: number | null; waits: boolean }>(
    `select generation, due_at > clock_timestamp() as waits from pending_rekeys where room_id = $1`,
    [room.id],
  );

/** Moves the room to the end of its pause. */
async function endPause(room: Room): Promise<void> {
  const earlier = `rekeyed_at = rekeyed_at - interval '10 s', retry_at = null`;
  await changeTokenRow(server.database, room.id, earlier);
  await server.database.query(
    'update pending_rekeys set due_at = clock_timestamp() where room_id = $1',
    [room.id],
  );
}

const settles = (room: Room) => expect.poll(() => pendingOf(room), { timeout: 15_000 }).toEqual([]);

async function rekeysIn(room: Room): Promise<unknown[]> {
  const path = `/v1/audit?roomId=${room.id}&action=token.rekeyed`;
  return (await server.admin.get<List<unknown>>(path)).body.items;
}

describe('a re-key within 10 s of another re-key', () => {
  it('is refused on every replica with the rest of the pause, and does not call CAS', async () => {
    const room = await rekeyedParty();
    const refusals = () => scraperOf(server).valueOf('rate_limited_total', { limit: 'rekey' });
    const before = await refusals();
    for (const by of [host, elsewhere(host), server.admin]) {
      const answer = await rekey(by, room);
      const { retryAfter } = expectProblem(answer, 429, 'rate_limited');
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(10);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    }
    expect([await generationOf(room), calls()]).toEqual([2, 0]);
    expect(await refusals()).toBe((before ?? 0) + 2);
    await endPause(room);
    expect((await rekey(elsewhere(host), room)).body.generation).toBe(3);
  });

  it('is refused even if 20 arrive at once on two replicas: only one succeeds', async () => {
    const room = await party();
    const asked = Array.from({ length: 20 }, (_, index) =>
      rekey(index % 2 ? host : elsewhere(host), room),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200).map(({ status }) => status);
    expect(refused.every((status) => status === 409 || status === 429)).toBe(true);
    expect([await generationOf(room), calls()]).toEqual([2, 1]);
  });

  it('is accepted in another room, and as a dry run, which begins no pause', async () => {
    const [room, next] = [await rekeyedParty(), await party()];
    expect((await rekey(host, room, { dryRun: true })).status).toBe(200);
    expect((await rekey(host, next, { dryRun: true })).status).toBe(200);
    expect((await rekey(host, next)).status).toBe(200);
  });

  it('is accepted as a dry run 20 times in a row, then once a second', async () => {
    const [room, next] = [await party(), await party()];
    const answers = [];
    for (let turn = 0; turn < 20; turn += 1)
      answers.push((await rekey(host, room, { dryRun: true })).status);
    expect(new Set(answers)).toEqual(new Set([200]));
    await server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '30 seconds'
        where key like 'rekey-dry-run|%'`,
    );
    expect(await rekey(host, room, { dryRun: true })).toBeProblem(429, 'rate_limited');
    expect((await rekey(host, next, { dryRun: true })).status).toBe(200);
    expect((await rekey(host, room)).status).toBe(200);
  });

  it('is accepted if the other re-key failed', async () => {
    const room = await party();
    server.cas.behave({ status: 500 });
    expect(await rekey(host, room)).toBeProblem(503, 'cas_unavailable');
    server.cas.reset();
    expect((await rekey(elsewhere(host), room)).body.generation).toBe(2);
  });

  it('does not call CAS before the end of the back-off', async () => {
    const room = await party();
    await changeTokenRow(
      server.database,
      room.id,
      `retry_at = clock_timestamp() + interval '20 s'`,
    );
    for (const by of [host, elsewhere(host)]) {
      const problem = expectProblem(await rekey(by, room), 503, 'cas_unavailable');
      expect(problem.retryAfter).toBeGreaterThan(10);
    }
    expect([await generationOf(room), calls()]).toEqual([1, 0]);
  });
});

describe('bans and kicks with a re-key during the pause', () => {
  it('take effect at once, and share one re-key by one replica at the end of the pause', async () => {
    const room = await rekeyedParty();
    expect((await ban(host, room, ann)).status).toBe(200);
    expect((await kick(elsewhere(host), room, ben)).status).toBe(204);
    expect((await ban(elsewhere(host), room, cid)).status).toBe(200);
    expect(await ann.post(`/v1/rooms/${room.id}/join`)).toBeProblem(403, 'banned');
    expect(await ben.post(`/v1/rooms/${room.id}/heartbeat`)).toBeProblem(409, 'not_in_room');
    expect(await pendingOf(room)).toEqual([{ generation: 2, waits: true }]);
    expect([await generationOf(room), calls()]).toEqual([2, 0]);
    await endPause(room);
    await settles(room);
    expect([await generationOf(room), calls()]).toEqual([3, 1]);
    const [entry] = await rekeysIn(room);
    const details = { generation: 3, reason: 'banned' };
    expect(entry).toMatchObject({ actorId: idOf(host), userId: null, details, address: null });
    expect(await rekey(host, room)).toBeProblem(429, 'rate_limited');
  });

  it('of one person name this person in the audit trail', async () => {
    const room = await rekeyedParty();
    await kick(host, room, ann);
    await endPause(room);
    await settles(room);
    const [entry] = await rekeysIn(room);
    expect(entry).toMatchObject({ userId: idOf(ann), details: { reason: 'kicked' } });
  });

  it('stay pending while CAS returns no token, and follow the back-off of the room', async () => {
    const room = await rekeyedParty();
    await ban(host, room, ann);
    server.cas.behave({ status: 500, retryAfter: 20 });
    await endPause(room);
    await expect.poll(calls, { timeout: 15_000 }).toBe(1);
    const waits = async () => (await pendingOf(room)).map((pending) => pending.waits);
    await expect.poll(waits).toEqual([true]);
    const { retryIn, generation } = await tokenRowOf(server.database, room.id);
    expect(retryIn).toBeGreaterThan(10);
    expect(generation).toBe(2);
    server.cas.reset();
    await endPause(room);
    await settles(room);
    expect([await generationOf(room), calls()]).toEqual([3, 1]);
  });

  it('do not re-key a room that has moved in the meantime', async () => {
    const room = await rekeyedParty();
    await ban(host, room, ann);
    await changeTokenRow(server.database, room.id, 'serve_until = clock_timestamp()');
    expect((await server.join(ben, room)).generation).toBe(3);
    await endPause(room);
    await settles(room);
    expect([await generationOf(room), calls()]).toEqual([3, 1]);
  });

  it('do not re-key a room that is cold, closed or deleted', async () => {
    const rooms = [await rekeyedParty(), await rekeyedParty(), await rekeyedParty()];
    const [cold, closed, deleted] = rooms as [Room, Room, Room];
    for (const room of rooms) await ban(host, room, ann);
    for (const client of [ben, cid]) await client.post(`/v1/rooms/${cold.id}/leave`);
    await changeTokenRow(server.database, cold.id, 'serve_until = clock_timestamp()');
    await host.patch(`/v1/rooms/${closed.id}`, { status: 'closed' });
    await server.admin.delete(`/v1/rooms/${deleted.id}`);
    for (const room of rooms) await endPause(room);
    for (const room of rooms) await settles(room);
    expect(calls()).toBe(0);
  });
});

describe('a ban with a re-key', () => {
  it('whose replica died before the re-key is completed by another replica', async () => {
    const room = await party();
    await server.database.query(
      `insert into pending_rekeys (room_id, id, reason, actor_id, due_at)
       values ($1, gen_random_uuid(), 'banned', $2, clock_timestamp())`,
      [room.id, idOf(host)],
    );
    await settles(room);
    expect([await generationOf(room), calls()]).toEqual([2, 1]);
  });

  it('outside the pause re-keys at once or fails, and leaves nothing pending', async () => {
    const room = await party();
    server.cas.behave({ status: 500 });
    expect(await ban(host, room, ann)).toBeProblem(503, 'cas_unavailable');
    expect(await pendingOf(room)).toEqual([]);
    server.cas.reset();
    expect((await ban(host, room, ann)).status).toBe(200);
    expect(await pendingOf(room)).toEqual([]);
    expect([await generationOf(room), calls()]).toEqual([2, 1]);
  });
});
