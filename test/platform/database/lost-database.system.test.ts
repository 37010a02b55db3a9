import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Line, type LoggedServer, startLoggedServer } from '../../support/logged-server.js';
import { createOwnedDatabase, type OwnedDatabase } from '../../support/owned-database.js';
import type { ProblemBody } from '../../support/shapes.js';

const lines: Line[] = [];
let database: OwnedDatabase;
let server: LoggedServer;

beforeAll(async () => {
  database = await createOwnedDatabase();
  server = await startLoggedServer({ DATABASE_URL: database.url }, lines);
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});
beforeEach(() => void lines.splice(0));

const linesThatSay = (text: string) => lines.filter(({ msg }) => msg.includes(text));

/** Requests of an anonymous caller, of a signed-in caller and of the owner of a refresh token. */
function askEverything() {
  const { admin, anyone, room } = server;
  const refreshToken = admin.signedIn?.refreshToken ?? '';
  const email = 'nobody@example.org';
  return Promise.all([
    admin.post<ProblemBody>(`/v1/rooms/${room.id}/join`),
    admin.get<ProblemBody>('/v1/rooms'),
    anyone.post<ProblemBody>('/v1/auth/login', { email, password: 'a password for tests' }),
    anyone.post<ProblemBody>('/v1/auth/refresh', { refreshToken }),
  ]);
}

const isJoined = async () => (await server.join()).status;

/** `status code retry-after`, which must be the same for all requests. */
const UNAVAILABLE = '503 database_unavailable 1';
const refusalsOf = (answers: Awaited<ReturnType<typeof askEverything>>) =>
  answers.map(
    ({ status, body, headers }) => `${status} ${body.code} ${headers.get('retry-after')}`,
  );

interface Loss {
  readonly what: string;
  readonly code: string;
  readonly lose: (database: OwnedDatabase) => Promise<void>;
  readonly restore: (database: OwnedDatabase) => Promise<void>;
}

async function rename({ run, endConnections }: OwnedDatabase, from: string, to: string) {
  await run(`alter database ${from} allow_connections false`);
  await endConnections();
  await run(`alter database ${from} rename to ${to}`);
  await run(`alter database ${to} allow_connections true`);
}

const losses: readonly Loss[] = [
  {
    what: 'a role that may no longer log in',
    code: '28000',
    lose: ({ run, role }) => run(`alter role ${role} nologin`),
    restore: ({ run, role }) => run(`alter role ${role} login`),
  },
  {
    what: 'a changed password',
    code: '28P01',
    lose: ({ run, role }) => run(`alter role ${role} password 'another'`),
    restore: ({ run, role, url }) => run(`alter role ${role} password '${new URL(url).password}'`),
  },
  {
    what: 'a role whose password has expired',
    code: '28P01',
    lose: ({ run, role }) => run(`alter role ${role} valid until '2020-01-01'`),
    restore: ({ run, role }) => run(`alter role ${role} valid until 'infinity'`),
  },
  {
    what: 'a database that allows no connections',
    code: '55000',
    lose: ({ run, name }) => run(`alter database ${name} allow_connections false`),
    restore: ({ run, name }) => run(`alter database ${name} allow_connections true`),
  },
  {
    what: 'a revoked right to connect',
    code: '42501',
    lose: ({ run, name, role }) => run(`revoke connect on database ${name} from public, ${role}`),
    restore: ({ run, name, role }) => run(`grant connect on database ${name} to public, ${role}`),
  },
];

describe('a database that refuses connections', () => {
  it.each(losses)(
    'every request gets 503 because of $what, until the cause is gone',
    async (loss) => {
      await loss.lose(database);
      try {
        await database.endConnections();
        await expect.poll(isJoined, { timeout: 5_000 }).toBe(503);
        for (let round = 0; round < 3; round += 1)
          expect(new Set(refusalsOf(await askEverything()))).toEqual(new Set([UNAVAILABLE]));
      } finally {
        await loss.restore(database);
      }
      await expect.poll(isJoined, { timeout: 5_000 }).toBe(200);
      const codes = linesThatSay('the database cannot be used').map(({ code }) => code);
      // A connection that was just being opened may have been ended with the others.
      expect(codes.filter((code) => code !== '57P01')).toEqual([loss.code]);
      expect(linesThatSay('the database is back')).toHaveLength(1);
      expect(linesThatSay('unexpected error')).toEqual([]);
    },
  );

  it('every request gets 503 while the database has another name', async () => {
    const { name } = database;
    await rename(database, name, `${name}_elsewhere`);
    await expect.poll(isJoined, { timeout: 5_000 }).toBe(503);
    expect(new Set(refusalsOf(await askEverything()))).toEqual(new Set([UNAVAILABLE]));
    await rename(database, `${name}_elsewhere`, name);
    await expect.poll(isJoined, { timeout: 5_000 }).toBe(200);
    // The database refuses connections before it is renamed; each cause is logged once.
    const codes = linesThatSay('the database cannot be used').map(({ code }) => code);
    expect(codes.at(-1)).toBe('3D000');
    expect(new Set(codes).size).toBe(codes.length);
    expect(linesThatSay('the database is back')).toHaveLength(1);
  });
});

/** Each setting makes new database sessions read-only. */
const readOnly = [
  ['of the database', ({ name }: OwnedDatabase) => `database ${name}`],
  ['of the role', ({ role }: OwnedDatabase) => `role ${role}`],
  [
    'of the role in the database',
    ({ role, name }: OwnedDatabase) => `role ${role} in database ${name}`,
  ],
] as const;

describe('a database that is read-only by a setting', () => {
  it.each(readOnly)(
    'the server is not ready with the setting %s, and serves again after the reset',
    async (_, targetOf) => {
      const isReady = async () => (await server.anyone.get('/health/ready')).status;
      const target = targetOf(database);
      await database.run(`alter ${target} set default_transaction_read_only = on`);
      await database.endConnections();
      await expect.poll(isReady, { timeout: 5_000 }).toBe(503);
      for (let round = 0; round < 3; round += 1)
        expect(new Set(refusalsOf(await askEverything()))).toEqual(new Set([UNAVAILABLE]));
      await database.run(`alter ${target} reset default_transaction_read_only`);
      await expect.poll(isJoined, { timeout: 5_000 }).toBe(200);
      await expect.poll(isReady, { timeout: 5_000 }).toBe(200);
      const losses = linesThatSay('the database cannot be used').map(({ code }) => code);
      expect(new Set(losses)).toEqual(new Set(['25006']));
      // A connection that began before the reset may be used after the first working connection.
      expect(losses.length).toBeLessThanOrEqual(2);
      await expect.poll(() => linesThatSay('the database is back').length).toBe(losses.length);
    },
  );
});
