import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { List, Room } from '../../support/shapes.js';

let member: Client;

const server = useApp();

beforeAll(async () => {
  member = await server.signUp('Member');
});
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

describe('a new room', () => {
  it('has the settings that it was created with, and defaults for the rest', async () => {
    const { status, headers, body } = await server.admin.post<Room>('/v1/rooms', { name: ' Tea ' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/rooms/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      slug: null,
      name: 'Tea',
      description: null,
      access: 'members',
      status: 'open',
      phase: 'open',
      opensAt: null,
      closesAt: null,
      earlyEntrySeconds: 900,
      premintSeconds: 60,
      capacity: null,
      hasAccessCode: false,
      metadata: {},
      token: null,
      participantCount: 0,
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
    });
    const settings = {
      name: 'Final',
      slug: 'final-2030',
      description: 'Two lines\nof text',
      access: 'users',
      opensAt: '2030-01-01T20:00:00.000Z',
      closesAt: '2030-01-01T23:00:00.000Z',
      earlyEntrySeconds: 0,
      premintSeconds: 5,
      capacity: 3,
      metadata: { match: { home: 'A', guest: null } },
    };
    const full = await server.createRoom({ ...settings, accessCode: 'let me in' });
    expect(full).toMatchObject({ ...settings, hasAccessCode: true, phase: 'scheduled' });
    expect(JSON.stringify(full)).not.toContain('let me in');
  });

  it('accepts times with any offset, and returns them in UTC', async () => {
    const room = await server.createRoom({ opensAt: '2030-05-30T20:00:00+02:00' });
    expect(room.opensAt).toBe('2030-05-30T18:00:00.000Z');
  });

  it('can be created by administrators only', async () => {
    expect(await member.post('/v1/rooms', { name: 'Mine' })).toBeProblem(403, 'forbidden');
    expect(await server.anyone.post('/v1/rooms', { name: 'Mine' })).toBeProblem(
      401,
      'unauthenticated',
    );
  });

  it.each([
    [{}, '/name'],
    [{ name: ' ' }, '/name'],
    [{ name: 'x'.repeat(81) }, '/name'],
    [{ name: 'a\nb' }, '/name'],
    [{ name: 'A', slug: 'No' }, '/slug'],
    [{ name: 'A', slug: 'ab' }, '/slug'],
    [{ name: 'A', slug: 'x'.repeat(61) }, '/slug'],
    [{ name: 'A', slug: '00000000-0000-0000-0000-000000000000' }, '/slug'],
    [{ name: 'A', description: 'x'.repeat(2_001) }, '/description'],
    [{ name: 'A', access: 'anyone' }, '/access'],
    [{ name: 'A', status: 'closed' }, '/status'],
    [{ name: 'A', opensAt: 'tomorrow' }, '/opensAt'],
    [{ name: 'A', opensAt: '2030-01-01' }, '/opensAt'],
    [{ name: 'A', opensAt: 1_900_000_000 }, '/opensAt'],
    [{ name: 'A', opensAt: inMinutes(10), closesAt: inMinutes(5) }, '/closesAt'],
    [{ name: 'A', earlyEntrySeconds: -1 }, '/earlyEntrySeconds'],
    [{ name: 'A', premintSeconds: 0.5 }, '/premintSeconds'],
    [{ name: 'A', capacity: 0 }, '/capacity'],
    [{ name: 'A', capacity: '5' }, '/capacity'],
    [{ name: 'A', accessCode: '' }, '/accessCode'],
    [{ name: 'A', metadata: { text: 'x'.repeat(4_090) } }, '/metadata'],
    [{ name: 'A', metadata: ['a'] }, '/metadata'],
  ])('cannot be created with %j', async (settings, pointer) => {
    const answer = await server.admin.post('/v1/rooms', settings);
    expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toEqual([pointer]);
  });
});

describe('a slug', () => {
  it('can replace the id of the room in every path', async () => {
    const room = await server.createRoom({ slug: 'by-slug' });
    expect((await member.get<Room>('/v1/rooms/by-slug')).body).toEqual(room);
    expect((await member.get<Room>(`/v1/rooms/${room.id.toUpperCase()}`)).body).toEqual(room);
    const joined = await member.post<{ room: unknown }>('/v1/rooms/by-slug/join');
    expect(joined.body.room).toEqual({ id: room.id, slug: 'by-slug', name: room.name });
    expect(await member.get('/v1/rooms/no-such-slug')).toBeProblem(404, 'not_found');
  });

  it('belongs to one room until the room gives it up or is deleted', async () => {
    const first = await server.createRoom({ slug: 'unique' });
    const second = await server.createRoom();
    const take = () => server.admin.patch(`/v1/rooms/${second.id}`, { slug: 'unique' });
    expect(await take()).toBeProblem(409, 'slug_taken');
    const made = await server.admin.post('/v1/rooms', { name: 'A', slug: 'unique' });
    expect(made).toBeProblem(409, 'slug_taken');
    await server.admin.delete(`/v1/rooms/${first.id}`);
    expect((await take()).status).toBe(200);
    await server.admin.patch(`/v1/rooms/${second.id}`, { slug: null });
    expect((await server.createRoom({ slug: 'unique' })).slug).toBe('unique');
  });

  it('goes to one room when twenty requests ask for it at once', async () => {
    const settings = { name: 'Race', slug: 'raced' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.admin.post('/v1/rooms', settings)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(19);
    for (const answer of refused) expectProblem(answer, 409, 'slug_taken');
    const listed = await server.admin.get<List<Room>>('/v1/rooms?search=raced');
    expect(listed.body.items).toHaveLength(1);
  });
});
