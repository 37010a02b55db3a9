import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backend, bearing, type ParticipantGrant, somebody } from '../../support/backend.js';
import { type Answer, Client } from '../../support/client.js';
import { type Cluster, startCluster, startReplica } from '../../support/cluster.js';
import { expectProblem } from '../../support/expect-problem.js';
import { Stream } from '../../support/feed.js';
import type { Heartbeat, JoinGrant, List, ProblemBody, Room, User } from '../../support/shapes.js';
import { changeTokenRow } from '../../support/token-rows.js';

const REPLICAS = 3;

let cluster: Cluster;
let backend: Backend;
let urls: string[];

beforeAll(async () => {
  cluster = await startCluster(REPLICAS);
  urls = cluster.replicas.map(({ url }) => url);
  backend = await Backend.create(cluster.admin);
});
afterAll(() => cluster.stop());

const urlOf = (turn: number): string => urls[turn % urls.length] ?? '';
const times = <Item>(count: number, make: (turn: number) => Item): Item[] =>
  Array.from({ length: count }, (_, turn) => make(turn));
const distinct = <Item>(items: readonly Item[]): Item[] => [...new Set(items)];
const statusesOf = (answers: readonly Answer<unknown>[]): number[] =>
  distinct(answers.map(({ status }) => status));
const appOf = ({ participantToken }: ParticipantGrant, turn = 0): Client =>
  bearing(urlOf(turn), participantToken);

async function createRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const room = { name: 'Final', access: 'users', ...settings };
  return (await cluster.admin.post<Room>('/v1/rooms', room)).body;
}

/** A room that has its token already. */
async function warmRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const room = await createRoom(settings);
  await cluster.admin.post(`/v1/rooms/${room.id}/join`);
  return room;
}

/** Asks for a grant; a request that waited too long for its turn is repeated, as its answer says. */
async function insist(by: Backend, room: Room, wish: Record<string, unknown>) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await by.ask<ParticipantGrant & ProblemBody>(room, wish);
    if (answer.status !== 429 || attempt === 10) return answer;
    await sleep((answer.body.retryAfter ?? 1) * 1_000);
  }
}

/** Asks for grants at once, at the replicas in turn. */
const askAll = (room: Room, wishes: readonly Record<string, unknown>[]) =>
  Promise.all(wishes.map((wish, turn) => insist(backend.at(urlOf(turn)), room, wish)));

const userOf = async (externalId: string): Promise<User | undefined> =>
  (await cluster.admin.get<List<User>>(`/v1/users?externalId=${externalId}`)).body.items[0];

/** The rows of a person, and the entries about them by the backend. */
async function tracesOf(userId: string, room: Room) {
  const [rows] = await cluster.database.query<Record<string, number>>(
    `select (select count(*)::int from users where id = $1) as users,
            (select count(*)::int from sessions where user_id = $1 and room_id = $2) as sessions,
            (select count(*)::int from seats where user_id = $1 and room_id = $2) as seats,
            (select count(*)::int from members where user_id = $1 and room_id = $2) as members`,
    [userId, room.id],
  );
  const entries = await cluster.database.query<{ action: string }>(
    `select action from audit_entries
      where user_id = $1 and actor_id = $2 and (room_id = $3 or room_id is null) order by action`,
    [userId, backend.keyId, room.id],
  );
  return { ...rows, entries: entries.map(({ action }) => action) };
}

describe('grants at once, over three replicas', () => {
  it('200 equal grants make one user, one session, one seat, one token and one member', async () => {
    const room = await createRoom();
    const externalId = somebody();
    // Not repeated: equal grants share their work, so that none waits for a place.
    const wish = { externalId, role: 'viewer' };
    const grants = await Promise.all(times(200, (turn) => backend.at(urlOf(turn)).ask(room, wish)));
    expect(statusesOf(grants)).toEqual([200]);
    expect(distinct(grants.map(({ body }) => body.participantToken))).toHaveLength(1);
    expect(distinct(grants.map(({ body }) => body.participant.id))).toHaveLength(1);
    const userId = (await userOf(externalId))?.id ?? '';
    expect(await tracesOf(userId, room)).toEqual({
      users: 1,
      sessions: 1,
      seats: 1,
      members: 1,
      entries: ['member.set', 'session.opened', 'user.created'],
    });
  });

  it('200 new people on two devices each get one token from one call of CAS', async () => {
    const devices = ['phone', 'tv'];
    cluster.cas.reset();
    const room = await createRoom();
    const crowd = times(200, somebody);
    const wishes = crowd.flatMap((externalId) =>
      devices.map((device) => ({ externalId, device, displayName: 'Sam' })),
    );
    const grants = await askAll(room, wishes);
    expect(statusesOf(grants)).toEqual([200]);
    expect(distinct(grants.map(({ body }) => body.token))).toHaveLength(1);
    expect(cluster.cas.stats().received).toBe(1);
    for (const part of ['id', 'displayName'] as const)
      expect(distinct(grants.map(({ body }) => body.participant[part]))).toHaveLength(
        wishes.length,
      );
    const [rows] = await cluster.database.query(
      `select count(distinct user_id)::int as users, count(*)::int as seats
           from seats where room_id = $1`,
      [room.id],
    );
    expect(rows).toEqual({ users: crowd.length, seats: wishes.length });
  });

  it('one person gets into 40 rooms at once as one user', async () => {
    const rooms = await Promise.all(times(40, () => createRoom()));
    const externalId = somebody();
    const grants = await Promise.all(
      rooms.map((room, turn) => insist(backend.at(urlOf(turn)), room, { externalId })),
    );
    expect(statusesOf(grants)).toEqual([200]);
    expect(distinct(grants.map(({ body }) => body.participantToken))).toHaveLength(40);
    const [users] = await cluster.database.query(
      'select count(*)::int as count from users where external_id = $1',
      [externalId],
    );
    expect(users).toEqual({ count: 1 });
  });

  it('devices of a person who take turns as host and viewer are never refused', async () => {
    const room = await warmRoom();
    const externalId = somebody();
    const grants = await askAll(
      room,
      times(24, (turn) => ({
        externalId,
        device: `device-${turn % 3}`,
        role: turn % 2 === 0 ? 'host' : 'viewer',
      })),
    );
    expect(statusesOf(grants)).toEqual([200]);
    const userId = (await userOf(externalId))?.id ?? '';
    expect(await tracesOf(userId, room)).toMatchObject({ sessions: 3, seats: 3, members: 1 });
  });
});

describe('an app whose backend is gone', () => {
  it('stays through three moves and the death of a replica, with the token of the others', async () => {
    const dying = await startReplica(cluster.environment);
    const own = await Backend.create(cluster.admin);
    const room = await warmRoom();
    const path = `/v1/rooms/${room.id}`;
    const grant = await own.grant(room, { externalId: somebody(), displayName: 'Ada' });
    expect((await cluster.admin.delete(`/v1/api-keys/${own.keyId}`)).status).toBe(204);

    let app = bearing(dying.url, grant.participantToken);
    let feed = await Stream.open(app, room, grant.lastEventId);
    await feed.next('state');
    let lastId = grant.lastEventId;
    for (const move of [1, 2, 3]) {
      if (move === 2) {
        await dying.stop('SIGKILL');
        await feed.over;
        app = appOf(grant, 1);
        feed = await Stream.open(app, room, lastId);
      }
      await changeTokenRow(cluster.database, room.id, `rekeyed_at = null`);
      const rekeyed = await cluster.admin.post(`${path}/rekey`, {
        reason: 'a test',
        generation: move,
      });
      expect(rekeyed.status).toBe(200);
      await expect
        .poll(() => feed.of('token.moved').length, { timeout: 10_000 })
        .toBe(move === 1 ? 1 : move - 1);
      lastId = feed.lastId ?? lastId;
      const beat = await app.post<Heartbeat>(`${path}/heartbeat`);
      expect([beat.status, beat.body.generation]).toEqual([200, move + 1]);
      const again = await app.post<JoinGrant>(`${path}/join`);
      const other = await cluster.admin.post<JoinGrant>(`${path}/join`);
      expect(again.body.participant).toEqual(grant.participant);
      expect(again.body.generation).toBe(move + 1);
      expect(again.body.token).toBe(other.body.token);
    }
    feed.close();
    expect((await app.post(`${path}/leave`)).status).toBe(204);
  });
});

describe('a participant token that is revoked at one replica', () => {
  it.each([
    ['sign-out by an administrator', (_: Room, id: string) => `/v1/users/${id}/sessions`],
    ['kick', ({ id: room }: Room, id: string) => `/v1/rooms/${room}/participants/${id}`],
  ])('ends with its feed at all replicas by a %s', async (_, pathOf) => {
    const room = await warmRoom();
    const externalId = somebody();
    const grant = await backend.grant(room, { externalId });
    const feed = await Stream.open(appOf(grant, 1), room);
    await feed.next('state');
    const { body: me } = await appOf(grant, 2).get<User>('/v1/me');
    expect((await cluster.admin.delete(pathOf(room, me.id))).status).toBe(204);
    for (const turn of urls.keys()) {
      const answer = await appOf(grant, turn).get('/v1/me');
      expect(expectProblem(answer, 401, 'unauthenticated')).toMatchObject({
        reason: 'session_ended',
      });
    }
    await feed.end();
    expect(feed.types.at(-1)).toBe('removed');
    const next = await backend.at(urlOf(1)).grant(room, { externalId });
    expect(next.participantToken).not.toBe(grant.participantToken);
    expect((await appOf(next, 2).get('/v1/me')).status).toBe(200);
    expect((await appOf(grant, 2).get('/v1/me')).status).toBe(401);
  });
});
