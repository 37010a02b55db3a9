import { beforeAll, describe, expect, it } from 'vitest';
import { Database, statement } from '../../../src/platform/database/database.js';
import { useApp } from '../../support/app.js';

let database: Database;

const server = useApp({ DATABASE_POOL_SIZE: '1' });

beforeAll(async () => {
  database = server.app.get(Database, { strict: false });
});
const PID = statement('test.pid', 'select pg_backend_pid() as pid');
const WRONG = statement('test.wrong', 'select 1 / 0');
const END = statement('test.end', 'select pg_terminate_backend(pg_backend_pid())');

describe('a connection to the database', () => {
  it('a connection survives a refused statement, and keeps its prepared statements', async () => {
    const before = await database.queryOne(PID, []);
    await expect(database.query(WRONG, [])).rejects.toThrow('division by zero');
    expect(await database.queryOne(PID, [])).toEqual(before);
  });

  it('a connection that the database has ended is replaced', async () => {
    const before = await database.queryOne(PID, []);
    await expect(database.query(END, [])).rejects.toThrow('terminating connection');
    expect(await database.queryOne(PID, [])).not.toEqual(before);
  });
});
