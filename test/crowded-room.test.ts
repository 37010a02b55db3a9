import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataSourceOptions, PLANS } from '../src/database/data-source.js';
import { startApp, type TestApp } from './support/app.js';
import { testConfig } from './support/config.js';
import { gatherCrowd } from './support/crowd.js';
import type { Room } from './support/shapes.js';

const CROWD = 500;
let server: TestApp;
let room: Room;

interface Sent {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** A part of what `explain` answers. */
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

beforeAll(async () => {
  server = await startApp();
  const { database } = server;
  const config = testConfig({ DATABASE_URL: database.url });
  await gatherCrowd(config, 50);
  await database.query(
    `insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
     select id, 'Quiet', 'users', 'open', 0, 0 from sessions where device = 'crowd'`,
  );
  await database.query(`${SEAT} from rooms r join sessions s on s.id = r.id`);
  // What Postgres believes is older than the crowd, as when a show begins: rooms with one person.
  await database.query('analyze seats');
  room = await server.createRoom();
  const crowd = await gatherCrowd(config, CROWD);
  await database.query(
    `${SEAT} from rooms r cross join sessions s where r.id = $1 and s.user_id = any ($2::uuid[])`,
    [room.id, crowd.map(({ userId }) => userId)],
  );
});
afterAll(() => server.stop());

/** The statements of a join, as they were sent. */
async function statementsOf(work: () => Promise<unknown>): Promise<Sent[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .map(([sent]) => sent as unknown as Sent)
      .filter(({ name }) => name?.startsWith('join.'));
  } finally {
    query.mockRestore();
  }
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
    await client.query(PLANS);
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
  it('a join reads the seats that it is about, and no others', async () => {
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

  it('has its plans made by key, beside what the operator sets for the connections', async () => {
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
