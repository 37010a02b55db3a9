import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { invite, signInAsGuest } from '../../support/invites.js';
import { RequestStatements } from '../../support/request-statements.js';
import { fill, nameOf, type Route, routes } from '../../support/routes.js';
import type { Room } from '../../support/shapes.js';

let server: TestApp;
let statements: RequestStatements;
let stranger: Client;
let guest: Client;
/** Rooms that neither caller may see, one for each rule that could cost the server extra work. */
let hidden: readonly Room[];

beforeAll(async () => {
  server = await startApp();
  statements = new RequestStatements(server);
  stranger = await server.signUp('Stranger');
  const home = await server.createRoom({ access: 'members' });
  guest = await signInAsGuest(server, (await invite(server, home)).code);
  const seats = { access: 'members', capacity: 2, accessCode: 'popcorn', slug: 'hidden-party' };
  const plain = await server.createRoom({ access: 'members', slug: 'plain-party' });
  const full = await server.createRoom(seats);
  await server.join(server.admin, full);
  const member = await server.signUp('Member');
  const by = (await invite(server, full)).code;
  await server.join(member, full, { inviteCode: by });
  const banned = await server.createRoom({ access: 'members', slug: 'banned-party' });
  for (const client of [stranger, guest])
    await server.admin.put(`/v1/rooms/${banned.id}/bans/${client.signedIn?.user.id}`, {});
  const closed = await server.createRoom({ access: 'members', slug: 'closed-party' });
  await server.admin.patch(`/v1/rooms/${closed.id}`, { status: 'closed' });
  hidden = [plain, full, banned, closed];
});
afterAll(async () => {
  statements.stop();
  await server.stop();
});

const inRooms = routes.filter(({ path }) => path.includes(':room'));

/** Bodies that could make a server look beyond the room. */
const BODIES: readonly Record<string, unknown>[] = [
  { accessCode: 'popcorn' },
  { accessCode: 'wrong code' },
  { inviteCode: 'lki_0123456789abcdefghijklmnopq' },
  { accessCode: 'popcorn', inviteCode: 'lki_0123456789abcdefghijklmnopq', newName: true },
];

interface Call {
  readonly name: string;
  readonly route: Route;
  readonly headers: Record<string, string>;
}

const calls: Call[] = inRooms.flatMap((route) => {
  const name = nameOf(route);
  const bodies = name.endsWith('/join') ? BODIES : [];
  return [
    { name, route, headers: {} },
    { name: `${name} with a key`, route, headers: { 'idempotency-key': 'of a stranger' } },
    { name: `${name} with If-Match`, route, headers: { 'if-match': '"1"' } },
    ...bodies.map((body) => ({
      name: `${name} with ${JSON.stringify(body)}`,
      route: { ...route, body },
      headers: {},
    })),
  ];
});

/** The answer, and the statements that the server sent to the database for it. */
async function observe(client: Client, { route, headers }: Call, room: string) {
  // Guesses are counted in missing rooms too; here they must not reach the limit.
  await server.database.query('delete from throttles');
  const path = fill(route, room, server.admin.signedIn?.user.id ?? '');
  const [{ status, body }, sent] = await statements.of(() =>
    client.send(route.method, path, route.body, headers),
  );
  return { status, body: { ...(body as object), requestId: null }, sent };
}

describe('a room that a caller may not see', () => {
  it.each(calls)('looks to $name like a room that does not exist', async (call) => {
    for (const client of [stranger, guest]) {
      const byId = await observe(client, call, crypto.randomUUID());
      const bySlug = await observe(client, call, 'no-such-party');
      expect([403, 404]).toContain(byId.status);
      expect(byId.sent).toContain('sessions.find-live');
      for (const room of hidden) {
        expect(await observe(client, call, room.id)).toEqual(byId);
        expect(await observe(client, call, room.slug ?? '')).toEqual(bySlug);
      }
    }
  });
});
