import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Line, type LoggedServer, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';

const lines: Line[] = [];
let database: OwnedDatabase;
let server: LoggedServer;

beforeAll(async () => {
  database = await createOwnedDatabase();
  server = await startLoggedServer({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '12' }, lines);
  await server.join();
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** Connections that Postgres grants, and the limit that says so. */
const limits = [
  ['two for the role', ({ role }: OwnedDatabase) => `role ${role}`, 2],
  ['two for the database', ({ name }: OwnedDatabase) => `database ${name}`, 2],
  ['five for the role', ({ role }: OwnedDatabase) => `role ${role}`, 5],
] as const;

const setLimit = (target: string, limit: number) =>
  database.run(
    `alter ${target} ${target.startsWith('role') ? '' : 'with '}connection limit ${limit}`,
  );

const errors = () => lines.filter(({ level }) => level === 'error');

describe('a server with fewer connections than DATABASE_POOL_SIZE', () => {
  it.each(limits)(
    'the server with a limit of %s answers 40 simultaneous joins',
    async (_, targetOf, limit) => {
      const target = targetOf(database);
      await setLimit(target, limit);
      await database.endConnections();
      try {
        // The first request after the end of a connection notices it.
        await expect.poll(async () => (await server.join()).status).toBe(200);
        const before = errors();
        const answers = await Promise.all(Array.from({ length: 40 }, () => server.join()));
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        expect((await server.anyone.get('/health/ready')).status).toBe(200);
        expect(errors()).toEqual(before);
      } finally {
        await setLimit(target, -1);
      }
    },
  );

  it('the server logs the limit once', async () => {
    const said = () => lines.filter(({ msg }) => msg.includes('fewer connections')).length;
    const target = `role ${database.role}`;
    await setLimit(target, 2);
    try {
      // Joins that share their statements may need no further connection.
      await expect
        .poll(async () => {
          await Promise.all(Array.from({ length: 40 }, () => server.join()));
          return said();
        })
        .toBe(1);
      await database.endConnections();
      await Promise.all(Array.from({ length: 40 }, () => server.join()));
      expect(said()).toBe(1);
    } finally {
      await setLimit(target, -1);
    }
  });
});
