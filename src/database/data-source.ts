import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config.js';
import { PatientPool } from './patient-pool.js';

/** How long a statement waits for a row that another transaction holds. */
export const LOCK_TIMEOUT_MS = 1_000;

/** Limits for every statement, in milliseconds; a pooler refuses them as startup parameters. */
const LIMITS = {
  statement_timeout: 2_000,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: 5_000,
};

/**
 * Plans of named statements are kept, and one that was made while few were inside would read all
 * seats one by one on the evening when thousands come within a minute: by key, it is the same for
 * both. What must read a whole table still does.
 */
export const PLANS = 'set enable_seqscan = off; set jit = off';

/** The connections that requests are served with. */
export function dataSourceOptions(config: Config): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.DATABASE_URL,
    // Named here since TypeORM would load its own pool.
    driver: { ...pg, Pool: PatientPool },
    poolSize: config.DATABASE_POOL_SIZE,
    extra: {
      // Set here, since as a startup parameter it would take the place of the operator's own options.
      ...(config.DATABASE_POOLED ? {} : { ...LIMITS, onConnect: planByKey }),
      query_timeout: 3_000,
      keepAlive: true,
    },
    applicationName: 'latchkey',
    // An error's text and parameters can hold secrets; what matters is logged where it is caught.
    logging: false,
    poolErrorHandler: () => undefined,
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
  };
}

async function planByKey(client: pg.ClientBase): Promise<void> {
  await client.query(PLANS);
}
