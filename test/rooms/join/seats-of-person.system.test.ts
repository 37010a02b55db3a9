import { describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { Stream } from '../../support/feed.js';
import type { JoinGrant, Room, SignedIn } from '../../support/shapes.js';

const PASSWORD = 'a password for tests';

const server = useApp();
const join = (client: Client, { id }: Room) => client.post<JoinGrant>(`/v1/rooms/${id}/join`, {});
const beat = (client: Client, { id }: Room) => client.post(`/v1/rooms/${id}/heartbeat`);
const countIn = async ({ id }: Room) =>
  (await server.admin.get<Room>(`/v1/rooms/${id}`)).body.participantCount;
const seatsIn = (room: Room, client: Client) =>
  server.database.query<object & { display_name: string }>(
    'select * from seats where room_id = $1 and user_id = $2 order by joined_at',
    [room.id, idOf(client)],
  );

/** Signs the same person in on another device. */
async function again({ signedIn }: Client): Promise<Client> {
  const body = { email: signedIn?.user.email, password: PASSWORD };
  return server.anyone.as((await server.anyone.post<SignedIn>('/v1/auth/login', body)).body);
}

/** Signs one person in on so many devices. */
async function devicesOf(name: string, count: number): Promise<Client[]> {
  const devices = [await server.signUp(name)];
  while (devices.length < count) devices.push(await again(devices[0] as Client));
  return devices;
}

async function listen(client: Client, room: Room): Promise<Stream> {
  const stream = await Stream.open(client, room);
  await stream.next('state');
  return stream;
}

/** Every join got a seat, or waited too long for the person's other joins on a slow machine. */
function expectSeats(answers: readonly { readonly status: number }[]): void {
  const statuses = new Set(answers.map(({ status }) => status));
  expect(statuses).toContain(200);
  expect([...statuses].filter((status) => status !== 200 && status !== 429)).toEqual([]);
}

describe('a fifth seat of a person in a room', () => {
  it('replaces the oldest seat, whose feed ends with the reason', async () => {
    const room = await server.createRoom();
    const [devices, ben] = [await devicesOf('Zoe', 5), await server.signUp('Ben')];
    const [oldest, ...newer] = devices as [Client, ...Client[]];
    await server.join(ben, room);
    await server.join(oldest, room);
    for (const device of newer.slice(0, 3)) await server.join(device, room);
    const [left, kept, uninvolved] = [
      await listen(oldest, room),
      await listen(newer[0] as Client, room),
      await listen(ben, room),
    ];
    const { participant } = await server.join(newer[3] as Client, room);
    expect(participant.displayName).toBe('Zoe');
    await left.end();
    expect(left.of('removed').map(({ data }) => data)).toEqual([{ reason: 'replaced' }]);
    expect(await beat(oldest, room)).toBeProblem(409, 'not_in_room');
    for (const device of newer) expect((await beat(device, room)).status).toBe(200);
    expect(await countIn(room)).toBe(5);
    expect([kept.isOver, uninvolved.isOver]).toEqual([false, false]);
    expect([...kept.types, ...uninvolved.types]).not.toContain('removed');
    for (const stream of [kept, uninvolved]) stream.close();
  });

  it('is recorded in an event for the replaced sign-in only', async () => {
    const room = await server.createRoom();
    const devices = await devicesOf('Zoe', 5);
    const [oldest] = devices as [Client];
    const { lastEventId } = await server.join(oldest, room);
    for (const device of devices.slice(1)) await server.join(device, room);
    const rows = await server.database.query(
      `select type, data, session_id is not null as "isOfOne" from room_events
        where room_id = $1 and id > $2 and user_id = $3`,
      [room.id, lastEventId, idOf(oldest)],
    );
    expect(rows).toEqual([{ type: 'removed', data: { reason: 'replaced' }, isOfOne: true }]);
  });

  it('replaces no seat in another room, and no seat of another person', async () => {
    const [room, other] = [await server.createRoom(), await server.createRoom()];
    const [zoe, ann] = [await devicesOf('Zoe', 6), await devicesOf('Ann', 4)];
    for (const device of [...ann, ...zoe.slice(0, 4)]) await server.join(device, room);
    for (const device of zoe.slice(4)) await server.join(device, other);
    expect([await countIn(room), await countIn(other)]).toEqual([8, 2]);
  });

  it('leaves four seats when thirty devices join at once', async () => {
    const room = await server.createRoom();
    const devices = await devicesOf('Zoe', 30);
    const ben = await server.signUp('Ben');
    const answers = await Promise.all([
      ...devices.map((device) => join(device, room)),
      join(ben, room),
    ]);
    expectSeats(answers);
    expect(await countIn(room)).toBe(5);
    expect(await seatsIn(room, devices[0] as Client)).toHaveLength(4);
    expect((await beat(ben, room)).status).toBe(200);
  });

  it('leaves four seats when an older version has allowed the person more', async () => {
    const room = await server.createRoom();
    const devices = await devicesOf('Zoe', 7);
    const [first] = devices as [Client];
    for (const device of devices.slice(0, 4)) await server.join(device, room);
    await server.database.query('update seats set slot = null where room_id = $1', [room.id]);
    await server.database.query(
      `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
       select gen_random_uuid(), $1, s.id, $2, 'participant', 'Late ' || s.id, 'late ' || s.id
         from sessions s where s.user_id = $2 order by s.id offset 4 limit 2`,
      [room.id, idOf(first)],
    );
    expect(await countIn(room)).toBe(6);
    expect((await join(devices[6] as Client, room)).status).toBe(200);
    expect(await seatsIn(room, first)).toHaveLength(4);
  });
});

describe('a full room', () => {
  it('admits a new device of a person inside, and replaces their oldest seat', async () => {
    const room = await server.createRoom({ capacity: 3 });
    const [[phone, tv, tablet], ben, carl] = [
      (await devicesOf('Zoe', 3)) as [Client, Client, Client],
      await server.signUp('Ben'),
      await server.signUp('Carl'),
    ];
    for (const client of [phone, tv, ben]) await server.join(client, room);
    expect(await join(carl, room)).toBeProblem(409, 'room_full');
    const stream = await listen(phone, room);
    expect((await join(tablet, room)).body.participant.displayName).toBe('Zoe');
    await stream.end();
    expect(stream.of('removed').map(({ data }) => data)).toEqual([{ reason: 'replaced' }]);
    expect(await beat(phone, room)).toBeProblem(409, 'not_in_room');
    for (const client of [tv, tablet, ben]) expect((await beat(client, room)).status).toBe(200);
    expect(await join(carl, room)).toBeProblem(409, 'room_full');
    expect(await countIn(room)).toBe(3);
  });

  it('stays within its capacity when one person joins with thirty devices at once', async () => {
    const room = await server.createRoom({ capacity: 2 });
    const [devices, ben] = [await devicesOf('Zoe', 30), await server.signUp('Ben')];
    await server.join(ben, room);
    const answers = await Promise.all(devices.map((device) => join(device, room)));
    expectSeats(answers);
    expect(await countIn(room)).toBe(2);
    expect((await beat(ben, room)).status).toBe(200);
  });

  it('replaces no seat for a person who is not admitted', async () => {
    const room = await server.createRoom({ capacity: 1, accessCode: 'let me in' });
    const [phone, tv] = (await devicesOf('Zoe', 2)) as [Client, Client];
    await server.join(phone, room, { accessCode: 'let me in' });
    await server.admin.patch(`/v1/rooms/${room.id}`, { accessCode: 'another' });
    expect(await join(tv, room)).toBeProblem(403, 'access_code_required');
    expect(await join(await server.signUp('Ben'), room)).toBeProblem(403, 'access_code_required');
    expect((await beat(phone, room)).status).toBe(200);
  });
});

type End = [after: string, end: (client: Client) => Promise<unknown>];
const sessions = (change: string) => (client: Client) =>
  server.database.query(
    `update sessions set ${change} where id in (
    select session_id from seats where user_id = $1)`,
    [idOf(client)],
  );
const ends: End[] = [
  ['they signed out', (client) => client.post('/v1/auth/logout')],
  [
    'an administrator ended their sign-ins',
    (client) => server.admin.delete(`/v1/users/${idOf(client)}/sessions`),
  ],
  [
    'their account was disabled for a while',
    async (client) => {
      await server.admin.patch(`/v1/users/${idOf(client)}`, { status: 'disabled' });
      await server.admin.patch(`/v1/users/${idOf(client)}`, { status: 'active' });
    },
  ],
  ['their sign-in expired', sessions(`expires_at = clock_timestamp()`)],
  ['their sign-in was idle for too long', sessions(`idle_expires_at = clock_timestamp()`)],
];

describe.each([
  ['with one seat', { capacity: 1 }],
  ['without a capacity', {}],
])('a person who comes back to a room %s', (_, settings) => {
  it.each(ends)('gets a seat and the same name after %s', async (_end, end) => {
    const room = await server.createRoom(settings);
    const zoe = await server.signUp('Zoe');
    await server.join(zoe, room);
    const [seat] = await seatsIn(room, zoe);
    await end(zoe);
    // A join that was under way when the sign-in ended writes its seat like this.
    await server.database.query(
      `insert into seats select * from jsonb_populate_record(null::seats, $1)
       on conflict (id) do nothing`,
      [JSON.stringify(seat)],
    );
    const { status, body } = await join(await again(zoe), room);
    expect(status).toBe(200);
    expect(body.participant.displayName).toBe('Zoe');
    expect(await seatsIn(room, zoe)).toHaveLength(1);
  });
});
