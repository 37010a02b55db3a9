import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';

let host: Client;
let member: Client;
let stranger: Client;

const server = useApp();

beforeAll(async () => {
  [host, member, stranger] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Member'),
    server.signUp('Stranger'),
  ]);
});
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const idsOf = ({ items }: List<Room>) => items.map(({ id }) => id);

async function list(client: Client, query = ''): Promise<List<Room>> {
  const { status, body } = await client.get<List<Room>>(`/v1/rooms?${query}`);
  expect(status).toBe(200);
  return body;
}

/** Creates a room for members only, with a host and a participant. */
async function createPrivateRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const room = await server.createRoom({ access: 'members', ...settings });
  const people = [
    [host, 'host'],
    [member, 'participant'],
  ] as const;
  for (const [client, role] of people)
    await server.admin.put(`/v1/rooms/${room.id}/members/${client.signedIn?.user.id}`, { role });
  return room;
}

describe('the view of a room', () => {
  it('is given to members or, in an open room, to every user; others get the 404 of a missing room', async () => {
    const room = await createPrivateRoom({ slug: 'private-room' });
    for (const path of [`/v1/rooms/${room.id}`, '/v1/rooms/private-room']) {
      for (const client of [server.admin, host, member])
        expect((await client.get<Room>(path)).body.id).toBe(room.id);
      const hidden = expectProblem(await stranger.get(path), 404, 'not_found');
      const missing = await stranger.get(`/v1/rooms/${crypto.randomUUID()}`);
      expect({ ...expectProblem(missing, 404, 'not_found'), requestId: '' }).toEqual({
        ...hidden,
        requestId: '',
      });
      expect(await stranger.patch(path, { name: 'Mine' })).toBeProblem(404, 'not_found');
      expect(await server.anyone.get(path)).toBeProblem(401, 'unauthenticated');
    }
    const open = await server.createRoom();
    expect((await stranger.get<Room>(`/v1/rooms/${open.id}`)).body.id).toBe(open.id);
  });

  it('follows the same rules in the list', async () => {
    const room = await createPrivateRoom({ name: 'Listed' });
    const open = await server.createRoom({ name: 'Listed' });
    const hidden = await server.createRoom({ name: 'Listed', access: 'members' });
    const seen = async (client: Client) => idsOf(await list(client, 'search=listed'));
    expect(await seen(server.admin)).toEqual([room.id, open.id, hidden.id]);
    expect(await seen(member)).toEqual([room.id, open.id]);
    expect(await seen(stranger)).toEqual([open.id]);
    await server.admin.delete(`/v1/rooms/${open.id}`);
    expect(await seen(stranger)).toEqual([]);
  });

  it('never includes the token, only its generation and its end', async () => {
    const room = await server.createRoom({ name: 'Secretive' });
    const grant = await server.join(member, room);
    const answers = [
      await server.admin.get<Room>(`/v1/rooms/${room.id}`),
      await member.get<Room>(`/v1/rooms/${room.id}`),
      await server.admin.patch<Room>(`/v1/rooms/${room.id}`, { name: 'Secretive still' }),
      await list(server.admin, 'search=secretive').then(({ items }) => ({ body: items[0] })),
    ];
    for (const { body } of answers) {
      expect(body?.token).toEqual({ generation: 1, expiresAt: grant.expiresAt });
      expect(body?.participantCount).toBe(1);
      expect(JSON.stringify(body)).not.toContain(grant.token);
      expect(JSON.stringify(body)).not.toContain(grant.fingerprint);
    }
  });
});

describe('the list of rooms', () => {
  it('is filtered by phase, which depends on the schedule and the status', async () => {
    const name = 'Phased';
    const scheduled = await server.createRoom({ name, opensAt: inMinutes(5) });
    const open = await server.createRoom({ name, opensAt: inMinutes(-5), closesAt: inMinutes(5) });
    const ended = await server.createRoom({ name, closesAt: inMinutes(-5) });
    const [locked, closed, early] = await Promise.all([
      server.createRoom({ name }),
      server.createRoom({ name }),
      server.createRoom({ name, opensAt: inMinutes(5) }),
    ]);
    await server.admin.patch(`/v1/rooms/${locked.id}`, { status: 'locked' });
    await server.admin.patch(`/v1/rooms/${closed.id}`, { status: 'closed' });
    await server.admin.patch(`/v1/rooms/${early.id}`, { status: 'locked' });
    const of = async (phase: string) => {
      const found = await list(member, `search=phased&phase=${phase}`);
      expect(found.items.map((room) => room.phase)).toEqual(found.items.map(() => phase));
      return idsOf(found).sort();
    };
    expect(await of('scheduled')).toEqual([scheduled.id, early.id].sort());
    expect(await of('open')).toEqual([open.id]);
    expect(await of('locked')).toEqual([locked.id]);
    expect(await of('closed')).toEqual([ended.id, closed.id].sort());
  });

  it('comes in pages that stay stable while rooms are created', async () => {
    const ids: string[] = [];
    for (let each = 0; each < 4; each += 1)
      ids.push((await server.createRoom({ name: 'Paged', slug: `paged-${each}` })).id);
    const first = await list(member, 'search=paged-&limit=2');
    await server.createRoom({ name: 'Paged', access: 'members', slug: 'paged-hidden' });
    const late = await server.createRoom({ name: 'Late', slug: 'paged-late' });
    const second = await list(member, `search=paged-&limit=2&cursor=${first.nextCursor}`);
    const third = await list(member, `search=paged-&limit=2&cursor=${second.nextCursor}`);
    expect([first, second, third].map(idsOf)).toEqual([ids.slice(0, 2), ids.slice(2), [late.id]]);
    expect(third.nextCursor).toBeNull();
  });

  it.each(['limit=0', 'limit=201', 'cursor=foreign', 'phase=over', 'search=', 'sort=name'])(
    'refuses the query %s',
    async (query) => {
      const problem = expectProblem(await member.get(`/v1/rooms?${query}`), 400, 'invalid_request');
      expect(placesOf(problem)).toEqual(query.split('=', 1));
    },
  );
});
