import { beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../support/api-keys.js';
import { useApp } from '../support/app.js';
import { Client, type Method } from '../support/client.js';
import { testConfig } from '../support/config.js';
import { CROWD_PASSWORD, type Face, gatherCrowd } from '../support/crowd.js';
import { handlersOf } from '../support/handlers.js';
import { FORWARDED, invite, signInAsGuest } from '../support/invites.js';
import { sessionOf } from '../support/neighbourhood.js';
import type { Room, SignedIn } from '../support/shapes.js';

/**
 * - `user`: signed in, at a room that is open to every user
 * - `stranger`: signed in, at a room of which they are not a member
 * - `guest`: signed in with an invite of this room
 * - `disabled`: a host whose account was disabled after their sign-in
 */
const CALLERS = [
  'anonymous',
  'user',
  'stranger',
  'guest',
  'member',
  'host',
  'disabled',
  'admin',
] as const;
type CallerKind = (typeof CALLERS)[number];
type Row = readonly [number, number, number, number, number, number, number, number];

const anyone = (to: number): Row => [to, to, to, to, to, to, to, to];
const signedIn = (status: number): Row => [401, status, status, 403, status, status, 401, status];
/** Everybody who is signed in, including guests. */
const everybody = (to: number): Row => [401, to, to, to, to, to, 401, to];
const admin = (status: number): Row => [401, 403, 403, 403, 403, 403, 401, status];
/** Everybody who may enter the room. */
const room = (status: number): Row => [401, status, 404, status, status, status, 401, status];
/** Nobody but API keys, which have a matrix of their own. */
const keys: Row = [401, 403, 403, 403, 403, 403, 401, 403];
const host = (status: number): Row => [401, 403, 404, 403, 403, status, 401, status];

/** The status that each kind of caller gets, for every route. */
const MATRIX: Readonly<Record<string, Row>> = {
  'GET /.well-known/jwks.json': anyone(200),
  'GET /openapi.json': anyone(200),
  'GET /docs': anyone(200),
  'GET /docs/:file': anyone(200),
  'GET /health/live': anyone(200),
  'GET /health/ready': anyone(200),
  'POST /v1/auth/register': anyone(201),
  // The account does not exist, and the refresh token was not issued by the server.
  'POST /v1/auth/login': anyone(401),
  'POST /v1/auth/refresh': anyone(401),
  // The code is not an invite code.
  'POST /v1/auth/guest': anyone(403),
  'POST /v1/auth/logout': everybody(204),
  'GET /v1/me': everybody(200),
  'PATCH /v1/me': signedIn(200),
  'DELETE /v1/me': signedIn(204),
  'GET /v1/me/export': signedIn(200),
  'PUT /v1/me/password': signedIn(204),
  'GET /v1/me/sessions': signedIn(200),
  'DELETE /v1/me/sessions': signedIn(204),
  // The object belongs to another user, so it looks like an unknown object.
  'DELETE /v1/me/sessions/:id': signedIn(404),
  'GET /v1/users': admin(200),
  'POST /v1/users': admin(201),
  'GET /v1/users/:id': admin(200),
  'PATCH /v1/users/:id': admin(200),
  'DELETE /v1/users/:id': admin(204),
  'PUT /v1/users/:id/password': admin(204),
  'GET /v1/users/:id/sessions': admin(200),
  'DELETE /v1/users/:id/sessions': admin(204),
  'GET /v1/issuers': admin(200),
  'POST /v1/issuers/explain': admin(200),
  'GET /v1/api-keys': admin(200),
  'POST /v1/api-keys': admin(201),
  'GET /v1/api-keys/:id': admin(200),
  'PATCH /v1/api-keys/:id': admin(200),
  'DELETE /v1/api-keys/:id': admin(204),
  'POST /v1/api-keys/:id/rotate': admin(201),
  'GET /v1/audit': admin(200),
  'GET /v1/rooms': signedIn(200),
  'POST /v1/rooms': admin(201),
  'GET /v1/rooms/:room': room(200),
  'PATCH /v1/rooms/:room': host(200),
  'DELETE /v1/rooms/:room': admin(204),
  'GET /v1/rooms/:room/members': host(200),
  'PUT /v1/rooms/:room/members': admin(200),
  'PUT /v1/rooms/:room/members/:userId': host(200),
  'DELETE /v1/rooms/:room/members/:userId': host(204),
  'POST /v1/rooms/:room/invites': host(201),
  'GET /v1/rooms/:room/invites': host(200),
  'DELETE /v1/rooms/:room/invites/:id': host(204),
  'GET /v1/rooms/:room/explain': admin(200),
  'POST /v1/rooms/:room/grants': keys,
  'POST /v1/rooms/:room/join': room(200),
  'POST /v1/rooms/:room/heartbeat': room(200),
  'POST /v1/rooms/:room/leave': room(204),
  'POST /v1/rooms/:room/reports': room(200),
  'GET /v1/rooms/:room/bans': host(200),
  'PUT /v1/rooms/:room/bans/:userId': host(200),
  'DELETE /v1/rooms/:room/bans/:userId': host(204),
  // These routes are for participants with a seat.
  'GET /v1/rooms/:room/participants': room(200),
  'DELETE /v1/rooms/:room/participants/:userId': host(204),
  'POST /v1/rooms/:room/rekey': host(200),
  'GET /v1/rooms/:room/generations': admin(200),
  'GET /v1/rooms/:room/holders': admin(200),
  'GET /v1/rooms/:room/events': room(200),
};

let crowd: Face[];
let bystanders: Face[];

const server = useApp(FORWARDED);

beforeAll(async () => {
  const size = Object.keys(MATRIX).length * CALLERS.length;
  const config = testConfig({ DATABASE_URL: server.database.url });
  [crowd, bystanders] = [await gatherCrowd(config, size), await gatherCrowd(config, size)];
});
function next(people: Face[]): Face {
  return people.pop() ?? expect.unreachable('the crowd is too small');
}

const asFace = ({ accessToken }: Face) => new Client(server.url, { accessToken } as SignedIn);
const roles: Partial<Record<CallerKind, string>> = {
  member: 'participant',
  host: 'host',
  disabled: 'host',
};

async function setMember(where: Room, { userId }: Face, role: string): Promise<void> {
  const { status } = await server.admin.put(`/v1/rooms/${where.id}/members/${userId}`, { role });
  expect(status).toBe(200);
}

/** Creates a caller of this kind, and a room as the list of callers says. */
async function prepare(kind: CallerKind): Promise<{ caller: Client; where: Room }> {
  const access = kind === 'user' ? 'users' : 'members';
  const where = await server.createRoom({ access });
  if (kind === 'anonymous') return { caller: server.anyone, where };
  if (kind === 'guest')
    return { caller: await signInAsGuest(server, (await invite(server, where)).code), where };
  const face = next(crowd);
  const role = roles[kind];
  if (role) await setMember(where, face, role);
  if (kind === 'admin') await change(face, { role: 'admin' });
  return { caller: asFace(face), where };
}

/** Gives a user a seat in the room, as a member. */
async function takeSeat(where: Room, face: Face): Promise<void> {
  await setMember(where, face, 'participant');
  await server.join(asFace(face), where);
}

async function change({ userId }: Face, changes: Record<string, string>): Promise<void> {
  expect((await server.admin.patch(`/v1/users/${userId}`, changes)).status).toBe(200);
}

let emails = 0;
/** Returns a body that the route accepts. */
function bodyFor(route: string): Record<string, unknown> | undefined {
  emails += 1;
  const account = { email: `matrix-${emails}@example.org`, password: 'a password for tests' };
  const bodies: Record<string, Record<string, unknown>> = {
    'POST /v1/auth/register': { ...account, displayName: 'New' },
    'POST /v1/users': { ...account, displayName: 'New' },
    'POST /v1/auth/login': account,
    'POST /v1/auth/refresh': { refreshToken: 'lkr_made-up' },
    'POST /v1/auth/guest': { inviteCode: `lki_${emails}`, displayName: 'New' },
    'POST /v1/rooms': { name: 'Another' },
    'POST /v1/rooms/:room/invites': { role: 'viewer' },
    'PATCH /v1/rooms/:room': { name: 'Renamed' },
    'PATCH /v1/users/:id': { displayName: 'Renamed' },
    'PATCH /v1/me': { displayName: 'Renamed', email: account.email },
    'PUT /v1/me/password': { currentPassword: CROWD_PASSWORD, newPassword: account.password },
    'PUT /v1/users/:id/password': { password: account.password },
    'POST /v1/issuers/explain': { token: 'no token' },
    'POST /v1/api-keys': { name: 'Shop', scopes: ['rooms:read'] },
    'POST /v1/rooms/:room/reports': { sdkCode: 203, generation: 1 },
    'PUT /v1/rooms/:room/members': { items: [{ externalId: `matrix-${emails}`, role: 'viewer' }] },
    'PUT /v1/rooms/:room/members/:userId': { role: 'viewer' },
    'PUT /v1/rooms/:room/bans/:userId': {},
    'POST /v1/rooms/:room/rekey': { reason: 'a leak' },
  };
  return bodies[route];
}

async function callAs(kind: CallerKind, route: string): Promise<number> {
  const { caller, where } = await prepare(kind);
  const bystander = next(bystanders);
  if (route.startsWith('DELETE') && route.endsWith('members/:userId'))
    await setMember(where, bystander, 'participant');
  // Hosts may lift bans that hosts made; bans by administrators are tested elsewhere.
  if (route.startsWith('DELETE') && route.endsWith('bans/:userId'))
    await (kind === 'host' ? caller : server.admin).put(
      `/v1/rooms/${where.id}/bans/${bystander.userId}`,
      {},
    );
  if (route.startsWith('DELETE') && route.endsWith('participants/:userId'))
    await takeSeat(where, bystander);
  if (route.endsWith('rekey')) await server.join(server.admin, where);
  if (/heartbeat|leave|reports|events|GET .+participants/.test(route))
    await caller.post(`/v1/rooms/${where.id}/join`);
  if (kind === 'disabled') await disable(caller);
  const [method = '', pattern = ''] = route.split(' ');
  let target = bystander.userId;
  if (pattern.includes('/api-keys/')) target = (await createKey(server)).id;
  if (pattern.includes('/invites/')) target = (await invite(server, where)).id;
  if (pattern.includes('/me/sessions/')) target = await sessionOf(server, bystander.userId);
  const query = pattern.endsWith('/explain') ? `?userId=${bystander.userId}` : '';
  const path = `${pattern}${query}`
    .replace(':room', where.id)
    .replace(':file', 'start.js')
    .replace(/:userId|:id/, target);
  const address = { 'x-forwarded-for': `192.0.2.${emails % 256}` };
  return (await caller.send(method as Method, path, bodyFor(route), address)).status;
}

async function disable(caller: Client): Promise<void> {
  const [, claims = ''] = caller.token?.split('.') ?? [];
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string };
  await change({ userId: sub, accessToken: '' }, { status: 'disabled' });
}

describe('the matrix of callers', () => {
  it('the matrix has a row for every route, and no other row', () => {
    const routes = handlersOf(server.app).map(({ route }) => route);
    expect(new Set(Object.keys(MATRIX))).toEqual(new Set(routes));
  });

  it.each(Object.entries(MATRIX))(
    '%s answers every kind of caller as the matrix says',
    async (route, row) => {
      const answers = await Promise.all(CALLERS.map((kind) => callAs(kind, route)));
      const seen = Object.fromEntries(CALLERS.map((kind, index) => [kind, answers[index]]));
      const expected = Object.fromEntries(CALLERS.map((kind, index) => [kind, row[index]]));
      expect(seen).toEqual(expected);
    },
  );
});
