import { startSandboxCas } from '../../../sandbox/cas/sandbox-cas.js';
import { freePort, type Replica, startReplica } from '../cluster.js';
import { type Environment, testEnvironment } from '../config.js';
import { startOwnPostgres } from '../own-postgres.js';
import { Scraper } from '../scraper.js';
import { Traffic } from '../traffic.js';
import type { Place } from './find-canaries.js';
import type { Testbed } from './scene.js';
import { Secrets, SECRETS } from './secrets.js';

/** A built server with its own Postgres and CAS, all of whose secrets are known. */
export interface BuiltTestbed extends Testbed {
  readonly replica: Replica;
  readonly environment: Environment;
  readonly scraper: Scraper;
  close(): Promise<void>;
}

/** Returns the output of a process, each stream separately. */
export const writtenBy = ({ written }: Replica): Place[] => [
  { name: 'stdout', text: written.stdout },
  { name: 'stderr', text: written.stderr },
];

export async function startTestbed(): Promise<BuiltTestbed> {
  const secrets = new Secrets();
  const postgres = await startOwnPostgres();
  const { apiKey, apiSecret, secretKeys, adminPassword } = SECRETS;
  const handedOutBy = /^the answer to POST .*\/join$/;
  const cas = await startSandboxCas({
    apiKey,
    apiSecret,
    // Tokens that nobody is given are secrets too, because they are valid.
    observe: ({ token }) => {
      if (token) secrets.add('a token of CAS', token, handedOutBy);
    },
  });
  secrets.add('the password of the database', new URL(postgres.server.url).password);
  const port = await freePort();
  const environment = {
    ...testEnvironment,
    DATABASE_URL: postgres.server.url,
    CAS_URL: cas.url,
    CAS_API_KEY: apiKey,
    CAS_API_SECRET: apiSecret,
    SECRET_KEYS: secretKeys,
    ADMIN_PASSWORD: adminPassword,
    LOG_LEVEL: 'trace',
    METRICS_PORT: String(port),
  };
  const replica = await startReplica(environment);
  return {
    secrets,
    postgres,
    cas,
    replica,
    environment,
    scraper: new Scraper(`http://127.0.0.1:${port}`),
    traffic: new Traffic(replica.url),
    close: async () => {
      await replica.stop();
      await cas.close();
      await postgres.database.drop();
    },
  };
}
