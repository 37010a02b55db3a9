import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** An empty database whose owner is not a superuser, as in production. */
export interface OwnedDatabase {
  readonly name: string;
  readonly role: string;
  readonly url: string;
  /** Runs a statement as the superuser, in another database. */
  readonly run: (sql: string) => Promise<void>;
  /** Ends all connections to the database, as an administrator does. */
  readonly endConnections: () => Promise<void>;
  drop(): Promise<void>;
}

/** @param options options of `create database` */
export async function createOwnedDatabase(options = ''): Promise<OwnedDatabase> {
  const { url: serverUrl } = inject('postgres');
  const server = new pg.Pool({ connectionString: serverUrl, max: 1 });
  server.on('error', () => undefined);
  const name = `owned_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await server.query(`create role ${name} login password '${password}'`);
  await server.query(`create database ${name} owner ${name} ${options}`);
  const url = Object.assign(new URL(serverUrl), {
    pathname: `/${name}`,
    username: name,
    password,
  }).href;
  return {
    name,
    role: name,
    url,
    run: async (sql) => void (await server.query(sql)),
    endConnections: async () => {
      const sql = 'select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = $1';
      // A connection that is being opened is only visible in a later round.
      for (let round = 0; round < 3; round += 1) await server.query(sql, [name]);
    },
    drop: async () => {
      await server.query(`drop database ${name} with (force)`);
      await server.query(`drop role ${name}`);
      await server.end();
    },
  };
}
