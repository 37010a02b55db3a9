import { describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { NewInvite, Room } from '../../support/shapes.js';

let keys = 0;

const server = useApp();
const memberPath = (room: Room, client: Client) => `/v1/rooms/${room.id}/members/${idOf(client)}`;

interface Repeated {
  readonly host: Client;
  readonly room: Room;
  readonly first: Answer<NewInvite>;
  /** Sends the same request again, or another body under the same key. */
  readonly again: (body?: Record<string, unknown>) => Promise<Answer<NewInvite>>;
}

/** An invite that a host has created under an `Idempotency-Key`. */
async function invited(name: (room: Room) => string = ({ id }) => id): Promise<Repeated> {
  const host = await server.signUp('Host');
  const slug = `replayed-${(keys += 1)}`;
  const room = await server.createRoom({ access: 'members', slug });
  await server.admin.put(memberPath(room, host), { role: 'host' });
  const key = { 'idempotency-key': `key ${keys}` };
  const again = (body: Record<string, unknown> = { role: 'viewer' }) =>
    host.post<NewInvite>(`/v1/rooms/${name(room)}/invites`, body, key);
  const first = await again();
  expect(first.status).toBe(201);
  return { host, room, first, again };
}

describe('the stored answer of an invite', () => {
  const losses: [string, number, string, (made: Repeated) => Promise<Answer<unknown>>][] = [
    [
      'a host who became a participant',
      403,
      'forbidden',
      ({ host, room }) => server.admin.put(memberPath(room, host), { role: 'participant' }),
    ],
    [
      'a host who was removed from the room',
      404,
      'not_found',
      ({ host, room }) => server.admin.delete(memberPath(room, host)),
    ],
    [
      'a host who was banned',
      403,
      'forbidden',
      ({ host, room }) => server.admin.put(`/v1/rooms/${room.id}/bans/${idOf(host)}`, {}),
    ],
    [
      'a host of a room that was deleted',
      404,
      'not_found',
      ({ room }) => server.admin.delete(`/v1/rooms/${room.id}`),
    ],
    [
      'a host whose account was disabled',
      401,
      'unauthenticated',
      ({ host }) => server.admin.patch(`/v1/users/${idOf(host)}`, { status: 'disabled' }),
    ],
    [
      'a host with a temporary password',
      401,
      'unauthenticated',
      ({ host }) =>
        server.admin.put(`/v1/users/${idOf(host)}/password`, { password: 'a temporary secret' }),
    ],
  ];

  it.each(losses)('the stored answer is not returned to %s', async (_, status, code, lose) => {
    for (const name of [({ id }: Room) => id, ({ slug }: Room) => slug ?? '']) {
      const made = await invited(name);
      expect((await lose(made)).status).toBeLessThan(300);
      const answer = await made.again();
      expect(answer).toBeProblem(status, code);
      expect(JSON.stringify(answer.body)).not.toContain(made.first.body.code);
      // A former host must not even learn that the key was used.
      expect(await made.again({ role: 'participant' })).toBeProblem(status, code);
    }
  });

  it('the stored answer is returned to a host who has regained the right', async () => {
    const { host, room, first, again } = await invited();
    await server.admin.put(memberPath(room, host), { role: 'viewer' });
    expect(await again()).toBeProblem(403, 'forbidden');
    await server.admin.put(memberPath(room, host), { role: 'host' });
    expect((await again()).body).toEqual(first.body);
  });

  it('a path that names no room is refused by the route', async () => {
    const key = { 'idempotency-key': 'of no room' };
    const answer = await server.admin.post('/v1/rooms/no_slug/invites', { role: 'viewer' }, key);
    expect(answer).toBeProblem(400, 'invalid_request');
  });
});

describe('the stored answer of a room or a user', () => {
  it.each([
    ['/v1/rooms', { name: 'Kept' }],
    ['/v1/users', { email: 'kept@example.org', password: 'quite a secret', displayName: 'Kept' }],
  ])(
    'the stored answer of POST %s is not returned to a former administrator',
    async (path, body) => {
      const admin = await server.signUp('Admin');
      const role = (name: string) => server.admin.patch(`/v1/users/${idOf(admin)}`, { role: name });
      await role('admin');
      const ask = () => admin.post(path, body, { 'idempotency-key': 'of an administrator' });
      expect((await ask()).status).toBe(201);
      await role('user');
      expect(await ask()).toBeProblem(403, 'forbidden');
    },
  );
});
