import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import { invite, joinBy } from '../../support/invites.js';
import type { List, Room } from '../../support/shapes.js';

let host: Client;
let otherHost: Client;
let ann: Client;
let room: Room;
let path: string;

const server = useApp();

beforeAll(async () => {
  [host, otherHost, ann] = await Promise.all([
    server.signUp('Host'),
    server.signUp('Other host'),
    server.signUp('Ann'),
  ]);
});
const set = (by: Client, target: Client, role: string) =>
  by.put(`${path}/members/${idOf(target)}`, { role });
const remove = (by: Client, target: Client) => by.delete(`${path}/members/${idOf(target)}`);
const ban = (by: Client, target: Client, body: Record<string, unknown> = {}) =>
  by.put(`${path}/bans/${idOf(target)}`, body);
const lift = (by: Client, target: Client) => by.delete(`${path}/bans/${idOf(target)}`);
const soon = () => new Date(Date.now() + 60_000).toISOString();

async function newRoom(): Promise<void> {
  room = await server.createRoom({ access: 'members' });
  path = `/v1/rooms/${room.id}`;
  for (const client of [host, otherHost]) await set(server.admin, client, 'host');
  await set(server.admin, ann, 'participant');
}

async function stillBanned(client: Client): Promise<void> {
  expect(await client.post(`${path}/join`)).toBeProblem(403, 'banned');
  const { body } = await server.admin.get<List<{ userId: string; until: unknown }>>(`${path}/bans`);
  expect(body.items).toEqual([expect.objectContaining({ userId: idOf(client), until: null })]);
}

describe('another host', () => {
  beforeAll(newRoom);

  it.each([
    ['cannot be made a participant by a host', () => set(host, otherHost, 'participant')],
    ['cannot be made a viewer by a host', () => set(host, otherHost, 'viewer')],
    ['cannot be removed by a host', () => remove(host, otherHost)],
    ['cannot be banned by a host', () => ban(host, otherHost)],
  ])('%s', async (_, attempt) => {
    expect(await attempt()).toBeProblem(403, 'forbidden');
    const members = await otherHost.get<List<object>>(`${path}/members`);
    expect(members.status).toBe(200);
    expect(members.body.items).toContainEqual(
      expect.objectContaining({ userId: idOf(otherHost), role: 'host' }),
    );
  });

  it('can be made a host again, which changes nothing', async () => {
    expect((await set(host, otherHost, 'host')).status).toBe(200);
  });

  it('can give up the role, and administrators can take it away', async () => {
    expect((await set(otherHost, otherHost, 'viewer')).status).toBe(200);
    expect((await set(host, otherHost, 'host')).status).toBe(200);
    expect((await remove(otherHost, otherHost)).status).toBe(204);
    await set(host, otherHost, 'host');
    expect((await set(server.admin, otherHost, 'viewer')).status).toBe(200);
    await set(server.admin, otherHost, 'host');
    expect((await remove(server.admin, otherHost)).status).toBe(204);
  });

  it('is protected even if the role is given at the same moment', async () => {
    await set(server.admin, otherHost, 'participant');
    for (const attempt of [() => set(host, otherHost, 'viewer'), () => remove(host, otherHost)]) {
      const holder = new pg.Client({ connectionString: server.database.url });
      await holder.connect();
      try {
        await holder.query('begin');
        await holder.query(`update members set role = 'host' where room_id = $1 and user_id = $2`, [
          room.id,
          idOf(otherHost),
        ]);
        const answer = attempt();
        const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                            and datname = current_database() and query like '%members%'`;
        await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
        await holder.query('commit');
        expect(await answer).toBeProblem(403, 'forbidden');
      } finally {
        await holder.end();
      }
      await set(server.admin, otherHost, 'participant');
    }
  });
});

describe('a ban that an administrator has set', () => {
  beforeAll(async () => {
    await newRoom();
    await ban(server.admin, ann);
  });

  it.each([
    ['cannot be lifted by a host', () => lift(host, ann)],
    ['cannot be shortened by a host', () => ban(host, ann, { until: soon() })],
    ['cannot be replaced by a host', () => ban(host, ann)],
  ])('%s', async (_, attempt) => {
    expect(await attempt()).toBeProblem(403, 'forbidden');
    await stillBanned(ann);
  });

  it.each([
    ['removed', () => remove(host, ann), () => set(host, ann, 'participant')],
    ['made a host', () => set(host, ann, 'host'), () => set(server.admin, ann, 'viewer')],
  ])('stays when the banned person is %s', async (_, first, second) => {
    expect((await first()).status).toBeLessThan(300);
    expect(await lift(host, ann)).toBeProblem(403, 'forbidden');
    expect(await ban(host, ann, { until: soon() })).toBeProblem(403, 'forbidden');
    expect((await second()).status).toBe(200);
    await stillBanned(ann);
  });

  it('is not ended by an invite, or by opening the room to every user', async () => {
    await remove(host, ann);
    const { code } = await invite(server, room, { role: 'host' });
    expect(await joinBy(ann, room, code)).toBeProblem(403, 'banned');
    await server.admin.patch(path, { access: 'users' });
    await stillBanned(ann);
    await server.admin.patch(path, { access: 'members' });
    await set(server.admin, ann, 'participant');
  });

  it('stays on a person who was a host when it was set', async () => {
    await ban(server.admin, otherHost);
    await set(server.admin, otherHost, 'participant');
    expect(await lift(host, otherHost)).toBeProblem(403, 'forbidden');
    expect((await lift(server.admin, otherHost)).status).toBe(204);
    await set(server.admin, otherHost, 'host');
  });

  it('stays even if it is set at the moment in which a host changes the ban', async () => {
    await lift(server.admin, ann);
    await ban(host, ann);
    for (const attempt of [() => ban(host, ann, { until: soon() }), () => lift(host, ann)]) {
      const holder = new pg.Client({ connectionString: server.database.url });
      await holder.connect();
      try {
        await holder.query('begin');
        await holder.query('update bans set banned_by = $3 where room_id = $1 and user_id = $2', [
          room.id,
          idOf(ann),
          idOf(server.admin),
        ]);
        const answer = attempt();
        const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock'
                            and datname = current_database() and query like '%bans%'`;
        await expect.poll(() => server.database.query(waiting)).toHaveLength(1);
        await holder.query('commit');
        expect(await answer).toBeProblem(403, 'forbidden');
      } finally {
        await holder.end();
      }
      await stillBanned(ann);
      await server.database.query('update bans set banned_by = $1', [idOf(host)]);
    }
  });

  it('does not protect bans of hosts, or itself after its end, against hosts', async () => {
    expect((await ban(otherHost, ann, { until: soon() })).status).toBe(200);
    expect((await lift(host, ann)).status).toBe(204);
    await ban(server.admin, ann);
    await server.database.query(`update bans set until = clock_timestamp() - interval '1 ms'`);
    expect(await lift(host, ann)).toBeProblem(404, 'not_found');
    expect((await ban(host, ann)).status).toBe(200);
    expect((await lift(otherHost, ann)).status).toBe(204);
  });
});
