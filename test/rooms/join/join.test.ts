import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { Heartbeat, JoinGrant, Room, SignedIn } from '../../support/shapes.js';

let ann: Client;
let ben: Client;

const server = useApp();

beforeAll(async () => {
  [ann, ben] = await Promise.all([server.signUp('Ann'), server.signUp('Ben')]);
});
const call = <Result>(client: Client, { id }: Room, verb: string, body?: Record<string, unknown>) =>
  client.post<Result>(`/v1/rooms/${id}/${verb}`, body);
const countIn = async ({ id }: Room) =>
  (await server.admin.get<Room>(`/v1/rooms/${id}`)).body.participantCount;

async function signInAgain(client: Client): Promise<Client> {
  const { email } = client.signedIn?.user ?? {};
  const login = { email, password: 'a password for tests' };
  return client.as((await server.anyone.post<SignedIn>('/v1/auth/login', login)).body);
}

describe('a join', () => {
  it('returns everything that a client needs to connect, and the time to join again', async () => {
    const room = await server.createRoom({ slug: 'granted' });
    const { status, headers, body } = await call<JoinGrant>(ann, room, 'join');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      room: { id: room.id, slug: 'granted', name: room.name },
      participant: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        displayName: 'Ann',
        role: 'participant',
      },
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      generation: 1,
      fingerprint: expect.stringMatching(/^\S{4,20}$/),
      expiresAt: expect.any(String),
      refreshAfter: expect.any(String),
      serverTime: expect.any(String),
      lastEventId: '1',
    });
    const secondsUntil = (time: string) => (Date.parse(time) - Date.parse(body.serverTime)) / 1000;
    expect(secondsUntil(body.expiresAt)).toBeGreaterThan(3_590);
    expect(secondsUntil(body.expiresAt)).toBeLessThanOrEqual(3_601);
    expect(secondsUntil(body.refreshAfter) - secondsUntil(body.expiresAt)).toBeCloseTo(-30, 0);
    expect(body.token).not.toContain(body.fingerprint);
  });

  it('that is repeated returns the same grant and takes no second seat', async () => {
    const room = await server.createRoom();
    const first = await server.join(ann, room);
    const again = await server.join(ann, room, { displayName: 'Another' });
    const { serverTime } = again;
    expect(again).toEqual({ ...first, serverTime });
    expect(Date.parse(again.serverTime)).toBeGreaterThanOrEqual(Date.parse(first.serverTime));
    expect(await countIn(room)).toBe(1);
  });

  it('takes one seat when a client sends it twenty times at once', async () => {
    const room = await server.createRoom({ capacity: 1 });
    const grants = await Promise.all(Array.from({ length: 20 }, () => server.join(ann, room)));
    expect(new Set(grants.map(({ participant }) => participant.id)).size).toBe(1);
    expect(await countIn(room)).toBe(1);
    expect(await call(ben, room, 'join')).toBeProblem(409, 'room_full');
  });

  it('on another device takes another seat, with another name and the same token', async () => {
    const room = await server.createRoom();
    const phone = await server.join(ann, room);
    const tv = await server.join(await signInAgain(ann), room);
    expect(tv.participant.id).not.toBe(phone.participant.id);
    expect(tv.participant.displayName).toBe('Ann 2');
    expect(tv.token).toBe(phone.token);
    expect(await countIn(room)).toBe(2);
  });

  it('records which user was given which generation', async () => {
    const room = await server.createRoom();
    const grants = [await server.join(ann, room), await server.join(ben, room)];
    await server.join(ann, room);
    const holders = await server.database.query(
      'select seat_id, user_id, display_name, generation from holders where room_id = $1 order by at',
      [room.id],
    );
    expect(holders).toEqual(
      [ann, ben].map((client, each) => ({
        seat_id: grants[each]?.participant.id,
        user_id: client.signedIn?.user.id,
        display_name: grants[each]?.participant.displayName,
        generation: 1,
      })),
    );
  });

  it('returns a different token for each room', async () => {
    const rooms = [await server.createRoom(), await server.createRoom()];
    const [first, second] = await Promise.all(rooms.map((room) => server.join(ann, room)));
    expect(first?.token).not.toBe(second?.token);
    expect(first?.fingerprint).not.toBe(second?.fingerprint);
  });

  it('keeps the seat when CAS returns no token', async () => {
    const room = await server.createRoom();
    server.cas.behave({ status: 503, retryAfter: 25, times: 1 });
    const answer = await call(ann, room, 'join');
    const { retryAfter = 0 } = expectProblem(answer, 503, 'cas_unavailable');
    expect(retryAfter).toBeGreaterThan(10);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    expect(await countIn(room)).toBe(1);
    const beat = await call<Heartbeat>(ann, room, 'heartbeat');
    expect(beat.body.generation).toBe(0);
    const holders = 'select from holders where room_id = $1';
    expect(await server.database.query(holders, [room.id])).toEqual([]);
  });
});

describe('a seat', () => {
  it('is kept by heartbeats, which return the generation and the time', async () => {
    const room = await server.createRoom();
    expect(await call(ann, room, 'heartbeat')).toBeProblem(409, 'not_in_room');
    const grant = await server.join(ann, room);
    const { status, body } = await call<Heartbeat>(ann, room, 'heartbeat');
    expect(status).toBe(200);
    expect(body).toEqual({
      generation: 1,
      refreshAfter: grant.refreshAfter,
      serverTime: expect.any(String),
    });
    expect(await call(ben, room, 'heartbeat')).toBeProblem(409, 'not_in_room');
    expect(await call(await signInAgain(ann), room, 'heartbeat')).toBeProblem(409, 'not_in_room');
  });

  it('ends when its holder leaves, and cannot be left twice', async () => {
    const room = await server.createRoom();
    expect(await call(ann, room, 'leave')).toBeProblem(409, 'not_in_room');
    const first = await server.join(ann, room);
    expect((await call(ann, room, 'leave')).status).toBe(204);
    expect(await countIn(room)).toBe(0);
    for (const verb of ['leave', 'heartbeat'])
      expect(await call(ann, room, verb)).toBeProblem(409, 'not_in_room');
    const second = await server.join(ann, room);
    expect(second.participant.id).not.toBe(first.participant.id);
    expect(second.token).toBe(first.token);
  });

  it('cannot be left by another user or by another sign-in of its holder', async () => {
    const room = await server.createRoom();
    await server.join(ann, room);
    for (const client of [ben, server.admin, await signInAgain(ann)])
      expect(await call(client, room, 'leave')).toBeProblem(409, 'not_in_room');
    expect(await countIn(room)).toBe(1);
  });
});

describe('capacity', () => {
  it('counts held seats: a repeat join adds none, and leaving releases one', async () => {
    const room = await server.createRoom({ capacity: 1 });
    await server.join(ann, room);
    await server.join(ann, room);
    expect(await call(ben, room, 'join')).toBeProblem(409, 'room_full');
    await call(ann, room, 'leave');
    await server.join(ben, room);
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_full');
  });

  it('refuses no host and no administrator, but counts their seats', async () => {
    const room = await server.createRoom({ capacity: 1 });
    const members = `/v1/rooms/${room.id}/members`;
    await server.admin.put(`${members}/${ben.signedIn?.user.id}`, { role: 'host' });
    await server.join(server.admin, room);
    await server.join(ben, room);
    expect(await countIn(room)).toBe(2);
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_full');
    await call(ben, room, 'leave');
    expect(await call(ann, room, 'join')).toBeProblem(409, 'room_full');
    await call(server.admin, room, 'leave');
    await server.join(ann, room);
  });

  it('that becomes smaller removes nobody', async () => {
    const room = await server.createRoom();
    await Promise.all([ann, ben].map((client) => server.join(client, room)));
    await server.admin.patch(`/v1/rooms/${room.id}`, { capacity: 1 });
    await Promise.all([ann, ben].map((client) => server.join(client, room)));
    await call(ben, room, 'leave');
    expect(await call(ben, room, 'join')).toBeProblem(409, 'room_full');
  });

  it.each(['cold', 'warm'])('is exact when thirty people join a %s room at once', async (state) => {
    const crowd = await Promise.all(Array.from({ length: 30 }, () => server.signUp('Fan')));
    const room = await server.createRoom({ capacity: 5 });
    if (state === 'warm') {
      await server.join(server.admin, room);
      await call(server.admin, room, 'leave');
    }
    const answers = await Promise.all(crowd.map((client) => call(client, room, 'join')));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(25);
    for (const answer of refused) expectProblem(answer, 409, 'room_full');
    expect(await countIn(room)).toBe(5);
  });
});
