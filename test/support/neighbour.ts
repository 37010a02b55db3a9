import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { createLog } from '../../src/platform/http/log.js';
import { createServer } from '../../src/server.js';
import type { TestApp } from './app.js';
import { Client } from './client.js';
import { type Environment, testConfig, testEnvironment } from './config.js';

/** Another server in this process, over the database of the first server, with a CAS of its own. */
export interface Neighbour {
  readonly app: NestFastifyApplication;
  readonly cas: SandboxCas;
  /** The signed-in first admin. */
  readonly admin: Client;
  stop(): Promise<void>;
}

const { CAS_API_KEY, CAS_API_SECRET } = testEnvironment;

/**
 * Servers of one process share their accounts, because passport has one strategy per process;
 * therefore they share the database too.
 */
export async function startNeighbour(
  server: TestApp,
  overrides: Environment = {},
  log: Logger = createLog('fatal'),
): Promise<Neighbour> {
  const { CAS_API_KEY: apiKey = CAS_API_KEY, CAS_API_SECRET: apiSecret = CAS_API_SECRET } =
    overrides;
  const cas = await startSandboxCas({ apiKey, apiSecret });
  const config = testConfig({
    DATABASE_URL: server.database.url,
    DATABASE_POOL_SIZE: '4',
    CAS_URL: cas.url,
    ...overrides,
  });
  const app = await createServer(config, log);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    app,
    cas,
    admin: new Client(url, server.admin.signedIn),
    stop: async () => {
      await app.close();
      await cas.close();
    },
  };
}
