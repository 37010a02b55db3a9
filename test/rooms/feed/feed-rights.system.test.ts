import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { poll, Stream } from '../../support/feed.js';
import type { Room } from '../../support/shapes.js';

const streams: Stream[] = [];

const server = useApp({ PRESENCE_TTL: '4' });
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

async function listen(client: Client, room: Room, after?: string): Promise<Stream> {
  const stream = await Stream.open(client, room, after);
  streams.push(stream);
  await stream.next('state');
  return stream;
}
const member = ({ id }: Room, client: Client) => `/v1/rooms/${id}/members/${idOf(client)}`;

interface Scene {
  readonly room: Room;
  readonly path: string;
  readonly ann: Client;
  readonly host: Client;
}

/** A room for members only. Ann has a seat in it; its host has none. */
async function enter(): Promise<Scene> {
  const room = await server.createRoom({ access: 'members' });
  const [ann, host] = await Promise.all([server.signUp('Ann'), server.signUp('Host')]);
  await server.admin.put(member(room, ann), { role: 'participant' });
  await server.admin.put(member(room, host), { role: 'host' });
  await server.join(ann, room);
  return { room, path: `/v1/rooms/${room.id}`, ann, host };
}

const soon = () => new Date(Date.now() + 700).toISOString();
const deleteSeat = ({ room }: Scene) =>
  server.database.query('delete from seats where room_id = $1', [room.id]);

type Loss = [when: string, lose: (scene: Scene) => Promise<unknown>, reason: string, kept: string];
/** Each loss of the right to listen: the reason that the feed sends, and the event that is kept. */
const losses: Loss[] = [
  ['the user signs out', ({ ann }) => ann.post('/v1/auth/logout'), 'session_ended', 'none'],
  [
    'the account is disabled',
    ({ ann }) => server.admin.patch(`/v1/users/${idOf(ann)}`, { status: 'disabled' }),
    'account_disabled',
    'removed',
  ],
  [
    'the account is deleted',
    ({ ann }) => server.admin.delete(`/v1/users/${idOf(ann)}`),
    'account_deleted',
    'removed',
  ],
  [
    'the membership ends',
    ({ room, ann, host }) => host.delete(member(room, ann)),
    'membership_ended',
    'removed',
  ],
  [
    'the user is banned',
    ({ path, ann, host }) => host.put(`${path}/bans/${idOf(ann)}`, {}),
    'banned',
    'removed',
  ],
  [
    'the user is kicked',
    ({ path, ann, host }) => host.delete(`${path}/participants/${idOf(ann)}`),
    'kicked',
    'removed',
  ],
  ['the user leaves', ({ path, ann }) => ann.post(`${path}/leave`), 'seat_ended', 'none'],
  ['the seat is deleted', deleteSeat, 'seat_ended', 'none'],
  [
    'the room is closed',
    ({ path, host }) => host.patch(path, { status: 'closed' }),
    'room_closed',
    'room.closed',
  ],
  ['the room is deleted', ({ path }) => server.admin.delete(path), 'room_deleted', 'room.closed'],
];

describe('the feed of a listener', () => {
  it.each(losses)(
    'ends within two seconds, and sends the reason, when %s',
    async (_, lose, reason, kept) => {
      const scene = await enter();
      const { ann, room, host } = scene;
      const [stream, other] = [await listen(ann, room), await listen(host, room)];
      const waiting = poll(ann, room, '1', 25);
      await sleep(100);
      await lose(scene);
      const lostAt = performance.now();
      await stream.end(3_000);
      const removed = stream.of('removed');
      expect(removed.map(({ data }) => data)).toEqual([{ reason }]);
      // The contract says one second; a busy machine gets one second more.
      expect((removed[0]?.at ?? 0) - lostAt).toBeLessThan(2_000);
      expect(stream.types.at(-1)).toBe('removed');
      expect(stream.of('room.closed')).toHaveLength(kept === 'room.closed' ? 1 : 0);
      expect(removed[0]?.id === undefined).toBe(kept !== 'removed');
      const { items } = (await waiting).body;
      const [last] = items.slice(-1);
      expect(last?.type).toBe(kept === 'room.closed' ? 'room.closed' : 'removed');
      // No other listener gets the event or loses the feed.
      expect(other.of('removed').map(({ data }) => data)).toEqual(
        kept === 'room.closed' ? [{ reason }] : [],
      );
      const events = await server.database.query<{ type: string; data: unknown }>(
        'select type, data from room_events where room_id = $1 and id > 1',
        [room.id],
      );
      expect(events.map(({ type }) => type)).toEqual(kept === 'none' ? [] : [kept]);
    },
  );

  it('ends when the room reaches closesAt, and so does the seat', async () => {
    const room = await server.createRoom({ closesAt: soon() });
    const ann = await server.signUp('Ann');
    await Promise.all([server.join(ann, room), server.join(server.admin, room)]);
    const [stream, admin] = [await listen(ann, room), await listen(server.admin, room)];
    await stream.end();
    expect(stream.of('removed').map(({ data }) => data)).toEqual([{ reason: 'room_closed' }]);
    expect((await admin.next('room.closed')).data).toEqual({ reason: 'ended' });
    expect(await ann.post(`/v1/rooms/${room.id}/heartbeat`)).toBeProblem(409, 'room_closed');
    await sleep(1_300);
    // The event comes once, and the administrator stays inside.
    expect(admin.of('room.closed')).toHaveLength(1);
    expect(admin.isOver).toBe(false);
    expect(await Stream.open(ann, room).catch(String)).toContain('room_closed');
    const { body } = await server.admin.get<Room>(`/v1/rooms/${room.id}`);
    expect(body).toMatchObject({ phase: 'closed', status: 'open', participantCount: 1 });
  });

  it('sends room.closed before removed when the room reaches closesAt, whichever check runs first', async () => {
    const ann = await server.signUp('Ann');
    for (let each = 0; each < 6; each += 1) {
      const room = await sleep(130).then(() => server.createRoom({ closesAt: soon() }));
      await server.join(ann, room).then(() => listen(ann, room));
    }
    for (const stream of streams) await stream.end();
    for (const { types } of streams) expect(types.slice(-2)).toEqual(['room.closed', 'removed']);
  });

  it('ends when a host without a seat is no longer a host', async () => {
    const { room, host } = await enter();
    const stream = await listen(host, room);
    await server.admin.put(member(room, host), { role: 'participant' });
    expect((await stream.next('removed')).data).toEqual({ reason: 'seat_ended' });
    await stream.end();
  });

  it('stays open in one sign-in when another sign-in of the same user ends', async () => {
    const { room, ann } = await enter();
    const login = { email: ann.signedIn?.user.email, password: 'a password for tests' };
    const tv = ann.as((await server.anyone.post<never>('/v1/auth/login', login)).body);
    await server.join(tv, room);
    const [phone, screen] = [await listen(ann, room), await listen(tv, room)];
    await ann.post('/v1/auth/logout');
    await phone.end();
    await sleep(1_500);
    expect(screen.isOver).toBe(false);
    expect(screen.types).not.toContain('removed');
  });

  it('stays open when the membership ends but the room admits every user', async () => {
    const { room, path, ann, host } = await enter();
    await server.admin.patch(path, { access: 'users' });
    const stream = await listen(ann, room);
    await host.delete(member(room, ann));
    await sleep(1_500);
    expect(stream.isOver).toBe(false);
    expect(stream.types).not.toContain('removed');
  });

  it('replays an old removed event, and stays open because the user is inside again', async () => {
    const { room, ann, host } = await enter();
    const before = await listen(ann, room);
    before.close();
    await host.delete(member(room, ann));
    expect(await Stream.open(ann, room, before.lastId).catch(String)).toContain('not_found');
    await host.put(member(room, ann), { role: 'viewer' });
    await server.join(ann, room);
    const after = await listen(ann, room, before.lastId);
    await after.next('removed');
    await sleep(1_500);
    expect(after.isOver).toBe(false);
    await ann.post('/v1/auth/logout');
    await after.end();
    expect(after.of('removed').map(({ data }) => data['reason'])).toEqual([
      'membership_ended',
      'session_ended',
    ]);
  });
});

describe('listening', () => {
  it('keeps the seat, by a stream or by long polls, until the client stops listening', async () => {
    const { room, ann, host } = await enter();
    const ben = await server.signUp('Ben');
    await server.admin.put(member(room, ben), { role: 'viewer' });
    await server.join(ben, room);
    const count = async () => (await poll(host, room)).body.state.participantCount;
    const stream = await listen(ann, room);
    for (const end = performance.now() + 6_000; performance.now() < end;)
      expect((await poll(ben, room, '1', 2)).status).toBe(200);
    expect(await count()).toBe(2);
    stream.close();
    await expect.poll(count, { timeout: 8_000, interval: 100 }).toBe(0);
    expect(await poll(ann, room)).toBeProblem(409, 'not_in_room');
  });

  it('is allowed for people inside and for hosts only', async () => {
    const { room, path, ann, host } = await enter();
    const stranger = await server.signUp('Stranger');
    expect(await poll(stranger, room)).toBeProblem(404, 'not_found');
    await server.admin.patch(path, { access: 'users' });
    expect(await poll(stranger, room)).toBeProblem(409, 'not_in_room');
    for (const client of [ann, host, server.admin])
      expect((await poll(client, room)).status).toBe(200);
    for (const accept of ['text/event-stream', 'application/json'])
      expect(await stranger.get(`${path}/events`, { accept })).toBeProblem(409, 'not_in_room');
  });

  it('is limited to 8 feeds of one sign-in: another feed ends the oldest in its room, or is refused', async () => {
    const { room, ann } = await enter();
    const nine = [];
    for (let count = 0; count < 9; count += 1) nine.push(await listen(ann, room));
    await nine[0]?.end();
    expect(nine[0]?.of('retry')[0]?.data).toEqual({ milliseconds: 30_000 });
    expect(nine.slice(1).map(({ isOver }) => isOver)).toEqual(Array(8).fill(false));
    const other = await server.createRoom();
    await server.join(ann, other);
    expect(await Stream.open(ann, other).catch(String)).toContain('rate_limited');
  });
});
