import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idOf, sessionIdOf } from '../../support/accounts.js';
import type { Client, Method } from '../../support/client.js';
import { type Cluster, freePort, startCluster } from '../../support/cluster.js';
import { FORWARDED } from '../../support/invites.js';
import { openSocket } from '../../support/raw-socket.js';
import { poll } from '../../support/feed.js';
import type { JoinGrant, Room } from '../../support/shapes.js';
import { during } from '../../support/traffic.js';
import { heldPlaces, newcomer, tally, times, Uninvolved } from '../../support/uninvolved.js';

/** Connections of the replica; a third of them is reserved for work that keeps people in their rooms. */
const POOL = 10;
const RESERVED = 3;

let cluster: Cluster;
let metricsUrl: string;
let everybodyElse: Uninvolved;

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  const settings = { METRICS_PORT: String(port), DATABASE_POOL_SIZE: String(POOL), ...FORWARDED };
  cluster = await startCluster(1, settings);
  everybodyElse = await Uninvolved.settle(cluster);
});
afterAll(() => cluster.stop());

afterEach(async () => {
  await expect.poll(() => heldPlaces(metricsUrl), { timeout: 15_000 }).toEqual({});
});

async function createRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const body = { name: 'Final', access: 'users', ...settings };
  return (await cluster.admin.post<Room>('/v1/rooms', body)).body;
}

/** Creates a room and a host with a seat in it. */
async function hosted(): Promise<{ room: Room; host: Client }> {
  const [room, host] = [await createRoom(), await newcomer(cluster)];
  await cluster.admin.put(`/v1/rooms/${room.id}/members/${idOf(host)}`, { role: 'host' });
  expect((await host.post(`/v1/rooms/${room.id}/join`, {})).status).toBe(200);
  return { room, host };
}

/** Counts the statements of the replica that wait for a lock. */
async function blocked(): Promise<number> {
  const [row] = await cluster.database.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
      where application_name = 'latchkey' and wait_event_type = 'Lock'
        and datname = current_database()`,
  );
  return row?.count ?? Number.NaN;
}

describe('a user who sends far more requests than can run at once', () => {
  it.each<[Method, string, Record<string, unknown> | undefined]>([
    ['PATCH', '/v1/me', { displayName: 'Another' }],
    ['DELETE', '/v1/me/sessions', undefined],
  ])('only that user waits and is refused: %s %s', async (method, path, body) => {
    const attacker = await newcomer(cluster);
    const held = `select from users where id = '${idOf(attacker)}' for update`;
    const flood = await during(cluster.database, held, async () => {
      const answers = times(400, () => attacker.send(method, path, body));
      await expect.poll(blocked).toBeGreaterThan(0);
      expect(await everybodyElse.refusals()).toEqual([]);
      expect(await blocked()).toBeLessThanOrEqual(POOL - RESERVED);
      return answers;
    });
    const counts = tally(flood);
    expect(counts[429]).toBeGreaterThan(0);
    expect(await attacker.get('/v1/me')).toMatchObject({ status: 200 });
  });

  it('that user gets one export at a time, and five a day', async () => {
    const attacker = await newcomer(cluster);
    const read = () => attacker.get('/v1/me/export');
    const atOnce = tally(await times(20, read));
    expect(await everybodyElse.refusals()).toEqual([]);
    const inTurn: Awaited<ReturnType<typeof read>>[] = [];
    for (let turn = 0; turn < 6; turn += 1) inTurn.push(await read());
    const counts = tally(inTurn);
    expect((atOnce[200] ?? 0) + (counts[200] ?? 0)).toBe(5);
    expect((atOnce[429] ?? 0) + (counts[429] ?? 0)).toBe(21);
  });

  it('joins that wait for their user’s own locked rows delay nobody else', async () => {
    const rooms = [await createRoom(), await createRoom({ capacity: 20 })];
    const attacker = await newcomer(cluster);
    const held = `select from sessions where id = '${sessionIdOf(attacker)}' for update;
                  select from users where id = '${idOf(attacker)}' for update`;
    await during(cluster.database, held, async () => {
      const joins = times(300, (turn) =>
        attacker.post(`/v1/rooms/${rooms[turn % 2]?.id}/join`, {}),
      );
      await expect.poll(blocked).toBeGreaterThan(0);
      expect(await everybodyElse.refusals()).toEqual([]);
      return joins;
    });
  });
});

describe('requests that wait for events', () => {
  it('waiting for events takes no place of running requests', async () => {
    const [room, listener] = [await createRoom(), await newcomer(cluster)];
    const { body } = await listener.post<JoinGrant>(`/v1/rooms/${room.id}/join`, {});
    const polls = times(8, () => poll(listener, room, body.lastEventId, 5));
    await expect
      .poll(async () => (await heldPlaces(metricsUrl))['latchkey_feed_listeners'])
      .toBe(8);
    const answers = await times(16, () => listener.get('/v1/me'));
    expect(tally(answers)).toEqual({ 200: 16 });
    expect(tally(await polls)).toEqual({ 200: 8 });
  });

  it('a feed releases its place if its client disconnects before it is admitted', async () => {
    const room = await createRoom();
    const people = await times(3, () => newcomer(cluster));
    for (const each of people) await each.post(`/v1/rooms/${room.id}/join`, {});
    await during(cluster.database, 'lock table room_feeds', async () => {
      const sockets = people.flatMap(({ url, token }) => {
        const head = `GET /v1/rooms/${room.id}/events HTTP/1.1\r\nhost: latchkey\r\nauthorization: Bearer ${token}\r\n`;
        const stream = `${head}accept: text/event-stream\r\n`;
        return [`${stream}\r\n`, `${stream}\r\n`.repeat(2), stream].map((text) => {
          const { socket, closed } = openSocket(url);
          socket.write(text);
          return { socket, closed };
        });
      });
      await expect.poll(blocked).toBeGreaterThan(0);
      for (const { socket } of sockets) socket.destroy();
      await Promise.all(sockets.map(({ closed }) => closed));
      // The server handles this request after the ends of those connections.
      await fetch(`${cluster.admin.url}/health/live`);
    });
    await expect.poll(blocked).toBe(0);
    // These polls are admitted after the disconnected ones, on the same connections to the database.
    for (const each of people) expect(tally([await poll(each, room, '0', 0)])).toEqual({ 200: 1 });
  });
});

describe('a host who repeats an action', () => {
  it('a host can re-key a room once in ten seconds', async () => {
    const { room, host } = await hosted();
    const before = cluster.cas.stats().received;
    const rekey = () => host.post(`/v1/rooms/${room.id}/rekey`, { reason: 'a leak' });
    const answers = [await rekey(), ...(await times(10, rekey))];
    expect(tally(answers)).toEqual({ 200: 1, 429: 10 });
    expect(cluster.cas.stats().received - before).toBe(1);
  });

  it('a host who repeats the same change leaves one audit entry a second', async () => {
    const { room, host } = await hosted();
    const startedAt = performance.now();
    for (let turn = 0; turn < 30; turn += 1)
      await host.patch(`/v1/rooms/${room.id}`, { name: `Final ${turn}` });
    const seconds = (performance.now() - startedAt) / 1_000;
    const entries = await cluster.database.query(
      `select 1 from audit_entries where actor_id = $1 and action = 'room.changed'`,
      [idOf(host)],
    );
    expect(entries.length).toBeGreaterThanOrEqual(1);
    expect(entries.length).toBeLessThanOrEqual(2 + Math.floor(seconds));
  });
});

describe('locked administrators', () => {
  it('changing or deleting an ordinary account waits for no administrator', async () => {
    const [changed, deleted] = [await newcomer(cluster), await newcomer(cluster)];
    const client = new pg.Client({ connectionString: cluster.database.url });
    await client.connect();
    try {
      await client.query(`begin; select from users where role = 'admin' for update`);
      expect(tally([await changed.patch('/v1/me', { displayName: 'Another' })])).toEqual({
        200: 1,
      });
      expect(tally([await deleted.delete('/v1/me')])).toEqual({ 204: 1 });
    } finally {
      await client.end();
    }
  });
});
