import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxCas, startSandboxCas } from '../sandbox/cas/sandbox-cas.js';
import { eraseData } from '../sandbox/postgres/cluster.js';
import { type EmbeddedPostgres, startPostgres } from '../sandbox/postgres/postgres.js';
import { ServerUnderTest } from './server-under-test.js';

/** A built server with its own Postgres and CAS. */
export interface Testbed {
  readonly url: string;
  readonly server: ServerUnderTest;
  readonly postgres: EmbeddedPostgres;
  readonly cas: SandboxCas;
  /** The server's environment, except its port. */
  readonly environment: Readonly<Record<string, string>>;
  readonly admin: { readonly email: string; readonly password: string };
  /** Sends a request, with an optional JSON body, and returns the answer, whatever its status. */
  send<Body>(method: string, path: string, token?: string, body?: object): Promise<Body>;
  stop(): Promise<void>;
}

/** @param settings of Postgres */
export async function startTestbed(
  port: number,
  overrides: Record<string, string> = {},
  settings: Record<string, string> = {},
): Promise<Testbed> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const dataDir = join(folder, 'data');
  const postgres = await startPostgres({ dataDir, durable: false, settings });
  const cas = await startSandboxCas({ apiKey: 'bench', apiSecret: 'bench' });
  const admin = { email: 'admin@example.org', password: 'an admin for the bench' };
  const environment = {
    DATABASE_URL: postgres.url,
    CAS_URL: cas.url,
    CAS_ALLOW_HTTP: 'on',
    CAS_API_KEY: 'bench',
    CAS_API_SECRET: 'bench',
    SECRET_KEYS: 'b64c1f0e7a93d5826fe4b1c09d7a3e58',
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    ...overrides,
  };
  const clear = async () => {
    await cas.close();
    await postgres.stop('immediate');
    await eraseData(dataDir);
    await rm(folder, { recursive: true, force: true });
  };
  const start = ServerUnderTest.start('Latchkey', 'dist/main.js', port, environment);
  const server = await start.catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    postgres,
    cas,
    environment,
    admin,
    send: async <Body>(method: string, path: string, token?: string, body?: object) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Body;
    },
    stop: async () => {
      await server.stop();
      await clear();
    },
  };
}
