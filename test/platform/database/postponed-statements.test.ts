import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loopTurns } from '../../../src/platform/tasks/loop-turns.js';
import { PrimaryClient } from '../../../src/platform/database/primary-client.js';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let client: PrimaryClient;

beforeAll(async () => {
  database = await cloneDatabase();
  client = new PrimaryClient({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Returns how many bytes were sent to Postgres. */
function sent(): number {
  const { connection } = client as unknown as { connection: { stream: Socket } };
  return connection.stream.bytesWritten;
}

it('a statement is sent at once, or a moment later if new connections arrive', async () => {
  const before = sent();
  const first = client.query('select 1');
  expect(sent()).toBeGreaterThan(before);
  await first;

  const between = sent();
  loopTurns.noteConnection();
  const second = client.query<{ two: number }>('select 2 as two');
  expect(sent()).toBe(between);
  expect((await second).rows).toEqual([{ two: 2 }]);
});

it('a statement of a transaction is sent at once, because other requests wait for its locks', async () => {
  await client.query('begin');
  const before = sent();
  loopTurns.noteConnection();
  const statement = client.query('select 1');
  expect(sent()).toBeGreaterThan(before);
  await statement;
  await client.query('rollback');
});
