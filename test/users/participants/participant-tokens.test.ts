import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { appOf, Backend, bearing, type ParticipantGrant, somebody } from '../../support/backend.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { handlersOf } from '../../support/handlers.js';
import { routes } from '../../support/routes.js';
import { sentDuring } from '../../support/sent-statements.js';
import type { List, Room, User } from '../../support/shapes.js';

const server = useApp();
let backend: Backend;

beforeAll(async () => {
  backend = await Backend.create(server.admin);
});

const idOf = async (app: Client) => (await app.get<User>('/v1/me')).body.id;

/** A person in a room of their own, with the app that holds their token. */
async function inside(settings: Record<string, unknown> = {}) {
  const room = await server.createRoom(settings);
  const externalId = somebody();
  const grant = await backend.grant(room, { externalId });
  const app = appOf(server, grant);
  return { room, externalId, grant, app, userId: await idOf(app) };
}

describe('an app with a participant token', () => {
  it('joins again, beats, follows, reports, lists, leaves and signs out without its backend', async () => {
    const { room, app, grant } = await inside();
    const at = `/v1/rooms/${room.id}`;
    const join = await app.post<ParticipantGrant>(`${at}/join`);
    expect(join.body).toMatchObject({ token: grant.token, participant: grant.participant });
    expect((await app.post(`${at}/heartbeat`)).status).toBe(200);
    expect((await app.get(`${at}/events?wait=0`)).status).toBe(200);
    expect((await app.get(`${at}/participants`)).status).toBe(200);
    expect((await app.get(at)).status).toBe(200);
    expect((await app.post(`${at}/reports`, { sdkCode: 203, generation: 1 })).status).toBe(200);
    expect((await app.post(`${at}/leave`)).status).toBe(204);
    expect((await app.post('/v1/auth/logout')).status).toBe(204);
    expect((await app.get('/v1/me')).status).toBe(401);
  });

  it('sees no other room, whatever the person may do there', async () => {
    const { app, userId } = await inside();
    const other = await server.createRoom();
    await server.admin.put(`/v1/rooms/${other.id}/members/${userId}`, { role: 'host' });
    const guests = handlersOf(server.app)
      .filter(({ handler }) => Reflect.getMetadata('latchkey:open-to-guests', handler) === true)
      .map(({ route }) => route);
    const tried: string[] = [];
    for (const { method, path, body, query = '' } of routes) {
      if (!path.includes(':room') || !guests.includes(`${method} ${path}`)) continue;
      const asked = path.replace(':room', other.id);
      expect(await app.send(method, `${asked}${query}`, body)).toBeProblem(404, 'not_found');
      tried.push(path);
    }
    expect(tried.length).toBeGreaterThanOrEqual(7);
  });

  it('has none of the routes that guests do not have', async () => {
    const { app, room, userId } = await inside();
    await server.admin.put(`/v1/rooms/${room.id}/members/${userId}`, { role: 'host' });
    const open = handlersOf(server.app)
      .filter(({ handler }) => Reflect.getMetadata('latchkey:open-to-guests', handler) === true)
      .map(({ route }) => route);
    for (const { method, path, body, query = '', isOpen } of routes) {
      if (isOpen || open.includes(`${method} ${path}`)) continue;
      const asked = `${path}${query}`.replace(':room', room.id).replace(/:userId|:id/g, userId);
      expect(await app.send(method, asked, body)).toBeProblem(403, 'forbidden');
    }
  });

  it('has the rights of a user even if the person became an administrator', async () => {
    const { app, room, userId } = await inside();
    await server.database.query(`update users set role = 'admin' where id = $1`, [userId]);
    expect((await app.post(`/v1/rooms/${room.id}/join`)).status).toBe(200);
    expect(await app.get('/v1/users')).toBeProblem(403, 'forbidden');
    expect((await app.get<User>('/v1/me')).body.role).toBe('user');
    await server.admin.patch(`/v1/rooms/${room.id}`, { status: 'locked' });
    await app.post(`/v1/rooms/${room.id}/leave`);
    expect(await app.post(`/v1/rooms/${room.id}/join`)).toBeProblem(409, 'room_locked');
  });
});

describe('a participant token', () => {
  it.each([
    ['cut', (token: string) => token.slice(0, -1)],
    [
      'with another end',
      (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    ],
    ['of another session', (token: string) => `lkp_AAAA${token.slice(8)}`],
    ['with more', (token: string) => `${token}AAAA`],
    ['of the prefix alone', () => 'lkp_'],
  ])('that was changed (%s) is refused without a query', async (_, change) => {
    const { grant } = await inside();
    const client = bearing(server.url, change(grant.participantToken));
    const sent = await sentDuring(async () => {
      const problem = expectProblem(await client.get('/v1/me'), 401, 'unauthenticated');
      expect(problem).toMatchObject({ reason: 'malformed' });
    });
    expect(sent.filter(({ name }) => name === 'sessions.find-live')).toEqual([]);
  });

  it('of the id of a sign-in with a password is not accepted', async () => {
    const fan = await server.signUp();
    const [, claims = ''] = fan.token?.split('.') ?? [];
    const { sid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sid: string };
    const { grant } = await inside();
    const bytes = Buffer.from(grant.participantToken.slice(4), 'base64url');
    const forged = Buffer.concat([Buffer.from(sid.replaceAll('-', ''), 'hex'), bytes.subarray(16)]);
    const client = bearing(server.url, `lkp_${forged.toString('base64url')}`);
    expect(await client.get('/v1/me')).toBeProblem(401, 'unauthenticated');
  });

  const ends: readonly [
    string,
    (of: { room: Room; userId: string; app: Client }) => Promise<unknown>,
    reason?: string,
  ][] = [
    ['signs out', ({ app }) => app.post('/v1/auth/logout')],
    [
      'is kicked',
      ({ room, userId }) => server.admin.delete(`/v1/rooms/${room.id}/participants/${userId}`),
    ],
    [
      'was banned for a while',
      async ({ room, userId }) => {
        await server.admin.put(`/v1/rooms/${room.id}/bans/${userId}`, {});
        await server.admin.delete(`/v1/rooms/${room.id}/bans/${userId}`);
      },
    ],
    [
      'is signed out by an administrator',
      ({ userId }) => server.admin.delete(`/v1/users/${userId}/sessions`),
    ],
    [
      'was disabled for a while',
      async ({ userId }) => {
        await server.admin.patch(`/v1/users/${userId}`, { status: 'disabled' });
        await server.admin.patch(`/v1/users/${userId}`, { status: 'active' });
      },
    ],
    [
      'is no longer within its life',
      ({ userId }) =>
        server.database.query(
          `update sessions set expires_at = clock_timestamp(), idle_expires_at = clock_timestamp()
            where user_id = $1`,
          [userId],
        ),
      'expired',
    ],
  ];
  it.each(ends)(
    'ends when the person %s, and the next grant returns a new one',
    async (...[, end, reason = 'session_ended']) => {
      const { room, externalId, grant, app, userId } = await inside();
      await end({ room, userId, app });
      const problem = expectProblem(await app.get('/v1/me'), 401, 'unauthenticated');
      expect(problem).toMatchObject({ reason });
      const next = await backend.grant(room, { externalId });
      expect(next.participantToken).not.toBe(grant.participantToken);
      expect(next.participant.displayName).toBe(grant.participant.displayName);
      expect(await idOf(appOf(server, next))).toBe(userId);
      const former = expectProblem(await app.get('/v1/me'), 401, 'unauthenticated');
      expect(former).toMatchObject({ reason });
    },
  );

  it('ends with its room, closed or deleted', async () => {
    for (const end of [
      ({ id }: Room) => server.admin.patch(`/v1/rooms/${id}`, { status: 'closed' }),
      ({ id }: Room) => server.admin.delete(`/v1/rooms/${id}`),
    ]) {
      const { room, app } = await inside();
      await end(room);
      expect(await app.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    }
  });

  it('ends for good when an administrator signs the person out of a closed room', async () => {
    const { room, app, userId } = await inside();
    await server.admin.patch(`/v1/rooms/${room.id}`, { status: 'closed' });
    await server.admin.delete(`/v1/users/${userId}/sessions`);
    await server.admin.patch(`/v1/rooms/${room.id}`, { status: 'open' });
    expect(await app.get('/v1/me')).toBeProblem(401, 'unauthenticated');
  });

  it('outlives the API key by which it was granted', async () => {
    const other = await Backend.create(server.admin);
    const room = await server.createRoom();
    const grant = await other.grant(room, { externalId: somebody() });
    expect((await server.admin.delete(`/v1/api-keys/${other.keyId}`)).status).toBe(204);
    expect((await appOf(server, grant).post(`/v1/rooms/${room.id}/join`)).status).toBe(200);
  });

  it('appears among the sign-ins of the person, with its kind and device', async () => {
    const room = await server.createRoom();
    const grant = await backend.grant(room, { externalId: somebody(), device: 'tv-1' });
    const userId = await idOf(appOf(server, grant));
    const { body } = await server.admin.get<List<object>>(`/v1/users/${userId}/sessions`);
    expect(body.items).toMatchObject([{ kind: 'participant', device: 'tv-1' }]);
  });

  it('is stored nowhere', async () => {
    const { grant } = await inside();
    const text = grant.participantToken.slice('lkp_'.length);
    const mac = Buffer.from(text, 'base64url').subarray(16);
    const rows = await server.database.query<{ row: string }>(
      `select s::text as row from sessions s union all select a::text from audit_entries a
        union all select u::text from users u`,
    );
    const found = rows.filter(({ row }) => row.includes(text) || row.includes(mac.toString('hex')));
    expect(found).toEqual([]);
  });
});
