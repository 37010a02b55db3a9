import pg from 'pg';
import { Database } from '../../src/platform/database/database.js';
import type { TestApp } from './app.js';
import { sentDuring } from './sent-statements.js';

/** Returns how many rows each statement of this name wrote, or tried to write. */
export async function sizesOf(
  name: string,
  sizeOf: (values: readonly string[]) => number,
  work: () => Promise<unknown>,
): Promise<number[]> {
  const sent = await sentDuring(work);
  return sent
    .filter((each) => each.name === name)
    .map(({ values }) => sizeOf(values as readonly string[]));
}

/**
 * Runs other work while a session's row is locked, and a statement that waits for the lock until the
 * lock timeout; returns the order in which they ended.
 */
export async function outrunLock(
  server: TestApp,
  session: string,
  others: () => Promise<unknown>,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  const order: string[] = [];
  try {
    await client.query('begin');
    await client.query('select from sessions where id = $1 for update', [session]);
    const touch = { name: 'test.touch', text: 'update sessions set device = device where id = $1' };
    await Promise.all([
      server.app
        .get(Database)
        .query(touch, [session])
        .catch(() => order.push('lock timeout')),
      others().then(() => order.push('others')),
    ]);
  } finally {
    await client.end();
  }
  return order;
}

/** From here on, a row of this owner blocks only its owner's rows, as after a deadlock. */
export async function refuseRows(
  { database }: TestApp,
  table: 'seats' | 'sessions',
  condition: string,
): Promise<void> {
  await database.query(
    `create function refuse() returns trigger language plpgsql as $$
       begin raise exception 'somebody else was first' using errcode = '40P01'; end $$`,
  );
  await database.query(
    `create trigger refuse before insert or update on ${table} for each row
       when (${condition}) execute function refuse()`,
  );
}
