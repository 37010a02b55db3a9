import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database, statement } from '../../../src/platform/database/database.js';
import { startApp, type TestApp } from '../../support/app.js';

let server: TestApp;
let database: Database;

beforeAll(async () => {
  server = await startApp({ DATABASE_POOL_SIZE: '1' });
  database = server.app.get(Database, { strict: false });
});
afterAll(() => server.stop());

const PID = statement('test.pid', 'select pg_backend_pid() as pid');
const WRONG = statement('test.wrong', 'select 1 / 0');
const END = statement('test.end', 'select pg_terminate_backend(pg_backend_pid())');

describe('a connection', () => {
  it('outlives a statement that the database refuses, with all that is prepared on it', async () => {
    const before = await database.queryOne(PID, []);
    await expect(database.query(WRONG, [])).rejects.toThrow('division by zero');
    expect(await database.queryOne(PID, [])).toEqual(before);
  });

  it('is replaced when the database has ended it', async () => {
    const before = await database.queryOne(PID, []);
    await expect(database.query(END, [])).rejects.toThrow('terminating connection');
    expect(await database.queryOne(PID, [])).not.toEqual(before);
  });
});
