import pg from 'pg';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Sent, sentDuring } from '../../support/sent-statements.js';
import { dataSourceOptions } from '../../../src/platform/database/data-source.js';
import { PIN_SETTINGS } from '../../../src/platform/database/session-settings.js';
import { Tasks } from '../../../src/platform/tasks/tasks.service.js';
import { useApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import type { Client } from '../../support/client.js';
import { gatherCrowd } from '../../support/crowd.js';
import '../../support/expect-problem.js';
import { invite, signInAsGuest } from '../../support/invites.js';
import type { Room } from '../../support/shapes.js';

const CROWD = 500;
let room: Room;

/** The part of the output of `explain` that is read here. */
interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const SEAT = `
  insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
  select gen_random_uuid(), r.id, s.id, s.user_id, 'participant', s.id, s.id`;

// The crowd’s seats must not expire before a slow machine has run the last test.
const server = useApp({ PRESENCE_TTL: '3600' });

beforeAll(async () => {
  const { database } = server;
  const config = testConfig({ DATABASE_URL: database.url });
  await gatherCrowd(config, 50);
  await database.query(
    `insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
     select id, 'Quiet', 'users', 'open', 0, 0 from sessions where device = 'crowd'`,
  );
  await database.query(`${SEAT} from rooms r join sessions s on s.id = r.id`);
  // The statistics are older than the crowd, as at the start of a show: rooms with one person.
  await database.query('analyze seats');
  room = await server.createRoom();
  const crowd = await gatherCrowd(config, CROWD);
  await database.query(
    `${SEAT} from rooms r cross join sessions s where r.id = $1 and s.user_id = any ($2::uuid[])`,
    [room.id, crowd.map(({ userId }) => userId)],
  );
});
/** The statements of joins, or of another feature, that the server sends during the work. */
async function statementsOf(work: () => Promise<unknown>, feature = 'join.'): Promise<Sent[]> {
  const sent = await sentDuring(work);
  return sent.filter(({ name }) => name?.startsWith(feature) && !name.startsWith('rooms.due'));
}

function seatsReadBy(plan: Plan): number {
  const removed = plan['Rows Removed by Filter'] ?? 0;
  const own =
    plan['Relation Name'] === 'seats' ? (plan['Actual Rows'] + removed) * plan['Actual Loops'] : 0;
  return (plan.Plans ?? []).reduce((sum, part) => sum + seatsReadBy(part), own);
}

async function seatsRead({ text, values }: Sent): Promise<number> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  try {
    await client.query(PIN_SETTINGS);
    await client.query('begin');
    const explain = `explain (analyze, timing off, format json) ${text}`;
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explain, values);
    const [row = expect.unreachable()] = rows;
    return seatsReadBy(row['QUERY PLAN'][0].Plan);
  } finally {
    await client.end();
  }
}

describe('in a room with a crowd inside', () => {
  it('a join reads only the seats that concern it', async () => {
    const fan = await server.signUp('Fan');
    const sent = await statementsOf(async () => {
      await server.join(fan, room);
      await server.join(fan, room, { newName: true });
    });
    expect(sent.map(({ name }) => name)).toEqual([
      'join.read-by-id',
      'join.take-seats',
      'join.update-seats',
      'join.read-by-id',
      'join.update-seats',
    ]);
    for (const each of sent)
      expect([each.name, (await seatsRead(each)) < 10]).toEqual([each.name, true]);
  });

  it('connections prefer index scans, and keep the settings of the operator', async () => {
    const address = new URL(server.database.url);
    address.searchParams.set('options', '-c work_mem=5MB');
    const config = testConfig({ DATABASE_URL: address.href });
    const source = await new DataSource(dataSourceOptions(config)).initialize();
    try {
      const settings = `select name, setting from pg_settings
        where name in ('enable_seqscan', 'jit', 'work_mem') order by name`;
      expect(await source.query(settings)).toEqual([
        { name: 'enable_seqscan', setting: 'off' },
        { name: 'jit', setting: 'off' },
        { name: 'work_mem', setting: '5120' },
      ]);
    } finally {
      await source.destroy();
    }
  });
});

describe('in a crowded room with a capacity', () => {
  const idOf = ({ signedIn }: Client) => signedIn?.user.id ?? '';
  let hidden: Room;
  let code: string;
  let member: Client;

  const enter = (by: Client, wish: Record<string, unknown> = {}) =>
    by.post(`/v1/rooms/${hidden.id}/join`, wish);
  const admit = (client: Client, role: string) =>
    server.admin.put(`/v1/rooms/${hidden.id}/members/${idOf(client)}`, { role });

  /** Deletes the seat of a client, because `explain` needs the data that the statement met. */
  const deleteSeat = (client: Client) =>
    server.database.query('delete from seats where user_id = $1', [idOf(client)]);

  /** The number of seats that all statements of the work read together. */
  async function seatsReadIn(work: () => Promise<unknown>): Promise<number> {
    let read = 0;
    for (const sent of await statementsOf(work)) read += await seatsRead(sent);
    return read;
  }

  beforeAll(async () => {
    // The crowd in the hidden room has no right to be there, and would be removed.
    await server.app.get(Tasks, { strict: false }).stop('sweep seats');
    hidden = await server.createRoom({ access: 'members', capacity: 10_000 });
    code = (await invite(server, hidden)).code;
    member = await server.signUp('Member');
    await admit(member, 'participant');
    await server.database.query(
      `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
       select gen_random_uuid(), $1, session_id, user_id, role, display_name, name_key
         from seats where room_id = $2 limit ${CROWD}`,
      [hidden.id, room.id],
    );
  });

  it('a join counts the seats for a person who is admitted as a member or by an invite', async () => {
    const [read = expect.unreachable()] = await statementsOf(() => enter(member));
    await deleteSeat(member);
    expect(await seatsRead(read)).toBeGreaterThanOrEqual(CROWD);
    const invited = await server.signUp('Invited');
    const sent = await statementsOf(() => enter(invited, { inviteCode: code }));
    expect(sent.map(({ name }) => name).slice(0, 2)).toEqual([
      'join.read-by-id',
      'join.count-held',
    ]);
    await deleteSeat(invited);
    await server.admin.delete(`/v1/rooms/${hidden.id}/members/${idOf(invited)}`);
    const [first, second] = sent as [Sent, Sent];
    expect(await seatsRead(first)).toBeLessThan(10);
    expect(await seatsRead(second)).toBeGreaterThanOrEqual(CROWD);
  });

  it('a request counts no seats if the capacity does not limit the caller or the caller is refused', async () => {
    const elsewhere = await server.createRoom({ access: 'members' });
    const [stranger, banned, host] = await Promise.all(
      ['Stranger', 'Banned', 'Host'].map((name) => server.signUp(name)),
    );
    if (!stranger || !banned || !host) expect.unreachable();
    const guest = await signInAsGuest(server, (await invite(server, elsewhere)).code);
    await admit(banned, 'participant');
    await admit(host, 'host');
    await server.admin.put(`/v1/rooms/${hidden.id}/bans/${idOf(banned)}`, {});
    const path = `/v1/rooms/${hidden.id}`;
    const asked: [string, number, () => Promise<{ status: number }>][] = [
      ['a stranger who joins', 404, () => enter(stranger)],
      ['a stranger with a wrong code', 404, () => enter(stranger, { inviteCode: 'lki_wrong' })],
      ['a stranger’s heartbeat', 404, () => stranger.post(`${path}/heartbeat`)],
      ['a stranger who leaves', 404, () => stranger.post(`${path}/leave`)],
      ['a stranger who lists the participants', 404, () => stranger.get(`${path}/participants`)],
      ['a guest of another room', 404, () => enter(guest)],
      ['a member who is banned', 403, () => enter(banned)],
      ['a host’s heartbeat without a seat', 409, () => host.post(`${path}/heartbeat`)],
    ];
    for (const [caller, status, ask] of asked) {
      let answer = 0;
      const read = await seatsReadIn(async () => (answer = (await ask()).status));
      expect([caller, answer, read < 10]).toEqual([caller, status, true]);
    }
    const first = async (by: Client) => {
      const [sent = expect.unreachable()] = await statementsOf(() => enter(by));
      await deleteSeat(by);
      return seatsRead(sent);
    };
    expect(await first(host)).toBeLessThan(10);
    expect(await first(server.admin)).toBeLessThan(10);
  });
});

describe('the number of people in a crowded room', () => {
  it('is exact in a list, in a single room and in the answer to a change', async () => {
    const { body } = await server.admin.get<{ items: Room[] }>('/v1/rooms?limit=200');
    const counts = new Map(body.items.map((each) => [each.id, each.participantCount]));
    const held = `select room_id as id, count(*)::int as count from seats group by room_id`;
    const rows = await server.database.query<{ id: string; count: number }>(held);
    expect(Math.max(...rows.map(({ count }) => count))).toBeGreaterThanOrEqual(CROWD);
    // Rooms that were made by SQL have no row in room_tokens, so the list leaves them out.
    for (const { id, count } of rows.filter((each) => counts.has(each.id)))
      expect(counts.get(id)).toBe(count);
    expect(counts.get(room.id)).toBeGreaterThanOrEqual(CROWD);
    const read = (await server.admin.get<Room>(`/v1/rooms/${room.id}`)).body;
    const change = { name: 'Crowd' };
    const changed = (await server.admin.patch<Room>(`/v1/rooms/${room.id}`, change)).body;
    expect([read.participantCount, changed.participantCount]).toEqual([
      counts.get(room.id),
      counts.get(room.id),
    ]);
  });

  it('is counted by a statement of its own, so the reading of the room reads few seats', async () => {
    const sent = await statementsOf(() => server.admin.get(`/v1/rooms/${room.id}`), 'rooms.');
    expect(sent.map(({ name }) => name)).toEqual(['rooms.find-by-id', 'rooms.count-crowds']);
    const [find] = sent as [Sent];
    expect(await seatsRead(find)).toBeLessThanOrEqual(100);
  });

  it('is not counted for a user who may not see the room', async () => {
    const hidden = await server.createRoom({ access: 'members' });
    const stranger = await server.signUp();
    const sent = await statementsOf(() => stranger.get(`/v1/rooms/${hidden.id}`), 'rooms.');
    expect(sent.map(({ name }) => name)).toEqual(['rooms.find-by-id']);
  });
});
