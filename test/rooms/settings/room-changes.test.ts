import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { Room } from '../../support/shapes.js';

let host: Client;
let member: Client;

const server = useApp();

beforeAll(async () => {
  [host, member] = await Promise.all([server.signUp('Host'), server.signUp('Member')]);
});
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const pathOf = ({ id }: Room) => `/v1/rooms/${id}`;
const change = (room: Room, patch: Record<string, unknown>, by = server.admin) =>
  by.patch<Room>(pathOf(room), patch);

async function createHostedRoom(settings: Record<string, unknown> = {}): Promise<Room> {
  const room = await server.createRoom({ access: 'members', ...settings });
  const role = 'host';
  await server.admin.put(`${pathOf(room)}/members/${host.signedIn?.user.id}`, { role });
  return room;
}

describe('a change of a room', () => {
  it('changes only the named fields, and null removes an optional value', async () => {
    const settings = {
      name: 'Final',
      slug: 'patched',
      description: 'Text',
      opensAt: inMinutes(5),
      closesAt: inMinutes(10),
      capacity: 4,
      accessCode: 'code',
    };
    const room = await server.createRoom(settings);
    const { body: renamed, headers } = await change(room, { name: 'Semi' });
    expect(renamed).toEqual({ ...room, name: 'Semi', updatedAt: renamed.updatedAt });
    expect(headers.get('etag')).toBe('"2"');
    const nothing = await change(room, {});
    expect(nothing.body).toEqual(renamed);
    expect(nothing.headers.get('etag')).toBe('"2"');
    const removed = { slug: null, description: null, opensAt: null, closesAt: null };
    const { body: bare } = await change(room, { ...removed, capacity: null, accessCode: null });
    expect(bare).toMatchObject({ ...removed, capacity: null, hasAccessCode: false, phase: 'open' });
    expect((await server.admin.get<Room>(pathOf(room))).body).toEqual(bare);
  });

  it.each(['name', 'access', 'status', 'earlyEntrySeconds', 'premintSeconds'])(
    'cannot remove %s',
    async (name) => {
      const room = await server.createRoom();
      const problem = expectProblem(await change(room, { [name]: null }), 400, 'invalid_request');
      expect(placesOf(problem)).toEqual([`/${name}`]);
    },
  );

  it('merges metadata field by field, as RFC 7396 says', async () => {
    const room = await server.createRoom({ metadata: { a: { b: 1, c: 2 }, d: [1, 2], e: 'x' } });
    const merged = await change(room, {
      metadata: { a: { b: null, f: 3 }, d: [3], e: { g: null } },
    });
    expect(merged.body.metadata).toEqual({ a: { c: 2, f: 3 }, d: [3], e: {} });
    expect((await change(room, { metadata: {} })).body.metadata).toEqual(merged.body.metadata);
    expect((await change(room, { metadata: null })).body.metadata).toEqual({});
  });

  it('keeps metadata within 4 KiB, counted in bytes after the merge', async () => {
    const text = 'ä'.repeat(2_040);
    const room = await server.createRoom({ metadata: { text } });
    const tooMuch = await change(room, { metadata: { more: 'twelve bytes' } });
    expect(placesOf(expectProblem(tooMuch, 400, 'invalid_request'))).toEqual(['/metadata']);
    expect((await change(room, { metadata: { text: null, more: 'fits' } })).status).toBe(200);
  });

  it('is refused if its times contradict each other or the stored times', async () => {
    const room = await server.createRoom({ opensAt: inMinutes(10), closesAt: inMinutes(20) });
    for (const patch of [{ opensAt: inMinutes(30) }, { closesAt: inMinutes(5) }]) {
      const problem = expectProblem(await change(room, patch), 400, 'invalid_request');
      expect(placesOf(problem)).toEqual(['/closesAt']);
    }
    const both = { opensAt: inMinutes(30), closesAt: inMinutes(40) };
    expect((await change(room, both)).body).toMatchObject({ ...both, phase: 'scheduled' });
  });

  it('opens a room that has ended only with a new closesAt, or with none', async () => {
    const room = await server.createRoom({ closesAt: inMinutes(-5) });
    for (const patch of [{ status: 'open' }, { status: 'locked', closesAt: inMinutes(-1) }]) {
      const problem = expectProblem(await change(room, patch), 400, 'invalid_request');
      expect(placesOf(problem)).toEqual(['/closesAt']);
    }
    const later = await change(room, { status: 'open', closesAt: inMinutes(5) });
    expect(later.body.phase).toBe('open');
    await change(room, { status: 'closed' });
    const endless = await change(room, { status: 'open', closesAt: null });
    expect(endless.body).toMatchObject({ phase: 'open', closesAt: null });
  });
});

describe('a host', () => {
  it('may change every setting of their room except slug, access and capacity', async () => {
    const room = await createHostedRoom();
    const allowed = {
      name: 'Ours',
      description: 'Text',
      status: 'locked',
      opensAt: inMinutes(-5),
      closesAt: inMinutes(5),
      earlyEntrySeconds: 1,
      premintSeconds: 1,
      metadata: { a: 1 },
    };
    const changed = await change(room, { ...allowed, accessCode: 'code' }, host);
    expect(changed.body).toMatchObject({ ...allowed, hasAccessCode: true });
    for (const patch of [{ slug: 'ours' }, { slug: null }, { access: 'users' }, { capacity: 9 }]) {
      const answer = await change(room, { name: 'Not ours', ...patch }, host);
      expect(answer).toBeProblem(403, 'forbidden');
    }
    expect((await server.admin.get<Room>(pathOf(room))).body).toEqual(changed.body);
  });

  it('may neither delete their room nor change another room', async () => {
    const room = await createHostedRoom();
    expect(await host.delete(pathOf(room))).toBeProblem(403, 'forbidden');
    const open = await server.createRoom();
    expect(await change(open, { name: 'Mine' }, host)).toBeProblem(403, 'forbidden');
    const hidden = await server.createRoom({ access: 'members' });
    expect(await change(hidden, { name: 'Mine' }, host)).toBeProblem(404, 'not_found');
  });
});

describe('a member who is not a host', () => {
  it.each(['participant', 'viewer'])('may not change or delete the room as a %s', async (role) => {
    const room = await server.createRoom();
    await server.admin.put(`${pathOf(room)}/members/${member.signedIn?.user.id}`, { role });
    expect(await change(room, { name: 'Mine' }, member)).toBeProblem(403, 'forbidden');
    expect(await member.delete(pathOf(room))).toBeProblem(403, 'forbidden');
  });
});

describe('a deleted room', () => {
  const storedTokenOf = ({ id }: Room) =>
    server.database.query('select token, serve_until from room_tokens where room_id = $1', [id]);

  it('is not found by anybody, including the people inside', async () => {
    const room = await createHostedRoom({ access: 'users', slug: 'gone-room' });
    await server.join(member, room);
    expect((await server.admin.delete('/v1/rooms/gone-room')).status).toBe(204);
    for (const client of [server.admin, host, member]) {
      for (const path of [pathOf(room), '/v1/rooms/gone-room'])
        expect(await client.get(path)).toBeProblem(404, 'not_found');
      for (const verb of ['join', 'heartbeat', 'leave'])
        expect(await client.post(`${pathOf(room)}/${verb}`)).toBeProblem(404, 'not_found');
      expect(await change(room, { name: 'Back' }, client)).toBeProblem(404, 'not_found');
    }
    expect(await server.admin.delete(pathOf(room))).toBeProblem(404, 'not_found');
    const seats = await server.database.query('select from seats where room_id = $1', [room.id]);
    expect(seats).toEqual([]);
    expect(await storedTokenOf(room)).toEqual([{ token: null, serve_until: null }]);
  });

  it('ends the wait of a join, and stores no token', async () => {
    const before = server.cas.stats().received;
    server.cas.behave({ delay: 500, times: 1 });
    const room = await server.createRoom();
    const joining = member.post(`${pathOf(room)}/join`);
    await expect.poll(() => server.cas.stats().received, { interval: 10 }).toBe(before + 1);
    await server.admin.delete(pathOf(room));
    expect(await joining).toBeProblem(404, 'not_found');
    await expect.poll(() => server.cas.stats().inFlight).toBe(0);
    // A complete mint of another room gives the first token enough time to be stored.
    await server.join(member, await server.createRoom());
    expect(await storedTokenOf(room)).toEqual([{ token: null, serve_until: null }]);
    server.cas.reset();
  });
});
