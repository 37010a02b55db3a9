import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../support/app.js';
import type { Client, Method } from '../support/client.js';
import { handlersOf } from '../support/handlers.js';
import { FORWARDED } from '../support/invites.js';
import { furnish, type Household, inventoryOf, sessionOf } from '../support/neighbourhood.js';

/**
 * The statuses that these callers get, in this order:
 * - a host of another room
 * - a guest of another room
 * - a host who names an object of another room under their own room; null if the route names no object
 */
type Row = readonly [host: number, guest: number, ownRoom: number | null];

/** Routes for everybody who may enter the room. */
const room: Row = [404, 404, null];
/** Other users get 404 as for an unknown room; guests may never manage a room. */
const run: Row = [404, 403, null];
const admin: Row = [403, 403, null];

/** Every route whose path names an object that belongs to somebody. */
const OBJECTS: Readonly<Record<string, Row>> = {
  'DELETE /v1/me/sessions/:id': [404, 403, null],
  'GET /v1/users/:id': admin,
  'PATCH /v1/users/:id': admin,
  'DELETE /v1/users/:id': admin,
  'PUT /v1/users/:id/password': admin,
  'GET /v1/users/:id/sessions': admin,
  'DELETE /v1/users/:id/sessions': admin,
  'GET /v1/api-keys/:id': admin,
  'PATCH /v1/api-keys/:id': admin,
  'DELETE /v1/api-keys/:id': admin,
  'POST /v1/api-keys/:id/rotate': admin,
  'GET /v1/rooms/:room': room,
  'PATCH /v1/rooms/:room': run,
  'DELETE /v1/rooms/:room': admin,
  'GET /v1/rooms/:room/members': run,
  'PUT /v1/rooms/:room/members': admin,
  // A user known to another room may be known in this room too; their role there does not change.
  'PUT /v1/rooms/:room/members/:userId': [404, 403, 200],
  'DELETE /v1/rooms/:room/members/:userId': [404, 403, 404],
  'POST /v1/rooms/:room/invites': run,
  'GET /v1/rooms/:room/invites': run,
  'DELETE /v1/rooms/:room/invites/:id': [404, 403, 404],
  'GET /v1/rooms/:room/explain': admin,
  'POST /v1/rooms/:room/grants': admin,
  'POST /v1/rooms/:room/join': room,
  'POST /v1/rooms/:room/heartbeat': room,
  'POST /v1/rooms/:room/leave': room,
  'POST /v1/rooms/:room/reports': room,
  'GET /v1/rooms/:room/bans': run,
  'PUT /v1/rooms/:room/bans/:userId': [404, 403, 200],
  'DELETE /v1/rooms/:room/bans/:userId': [404, 403, 404],
  'GET /v1/rooms/:room/participants': room,
  'DELETE /v1/rooms/:room/participants/:userId': [404, 403, 404],
  'POST /v1/rooms/:room/rekey': run,
  'GET /v1/rooms/:room/generations': admin,
  'GET /v1/rooms/:room/holders': admin,
  'GET /v1/rooms/:room/events': room,
};
/** The files of the reference page, which are public. */
const OPEN_FILES = ['GET /docs/:file'];

const BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  'PATCH /v1/users/:id': { displayName: 'Renamed' },
  'PUT /v1/users/:id/password': { password: 'a password for tests' },
  'PATCH /v1/rooms/:room': { name: 'Renamed' },
  'POST /v1/rooms/:room/invites': { role: 'viewer' },
  'PUT /v1/rooms/:room/members': { items: [{ externalId: 'other', role: 'host' }] },
  'PUT /v1/rooms/:room/members/:userId': { role: 'participant' },
  'PUT /v1/rooms/:room/bans/:userId': {},
  'POST /v1/rooms/:room/reports': { sdkCode: 203, generation: 1 },
  'POST /v1/rooms/:room/rekey': { reason: 'a leak' },
};

let here: Household;
let there: Household;

const server = useApp(FORWARDED);

beforeAll(async () => {
  [here, there] = [await furnish(server), await furnish(server)];
});
/** Returns the id of the household's object that the route is about. */
async function objectOf(route: string, { invite, banned, member, other }: Household) {
  if (route.includes('/invites/')) return invite;
  if (route.includes('/me/sessions/')) return sessionOf(server, member);
  if (route.startsWith('DELETE') && route.includes('/bans/')) return banned;
  return route.startsWith('DELETE') && route.includes('/rooms/') ? other : member;
}

async function call(caller: Client, route: string, at: Household, owner: Household) {
  const [method = '', pattern = ''] = route.split(' ');
  const query = pattern.endsWith('/explain') ? `?userId=${owner.member}` : '';
  const path = `${pattern}${query}`
    .replace(':room', at.room.id)
    .replace(/:userId|:id/, await objectOf(route, owner));
  return (await caller.send(method as Method, path, BODIES[route])).status;
}

describe('objects of other rooms and users', () => {
  it('the table has every route that names an object, and no other route', () => {
    const routes = handlersOf(server.app).map(({ route }) => route);
    const naming = routes.filter((route) => route.includes(':') && !OPEN_FILES.includes(route));
    expect(new Set(Object.keys(OBJECTS))).toEqual(new Set(naming));
    for (const [route, [, , ownRoom]] of Object.entries(OBJECTS))
      expect([route, ownRoom !== null]).toEqual([route, /:room\/.+:/.test(route)]);
  });

  it.each(Object.entries(OBJECTS))(
    '%s refuses callers without a right to the object, and changes nothing',
    async (route, [host, guest, ownRoom]) => {
      const before = await inventoryOf(server, there);
      const seen = [
        await call(here.host, route, there, there),
        await call(here.guest, route, there, there),
        ownRoom === null ? null : await call(here.host, route, here, there),
      ];
      expect(seen).toEqual([host, guest, ownRoom]);
      expect(await inventoryOf(server, there)).toEqual(before);
    },
  );
});
