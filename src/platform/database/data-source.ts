import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config.js';
import { DatabaseState } from './database-state.js';
import { FailFastPool } from './fail-fast-pool.js';
import { NotPrimary, type PrimaryClient } from './primary-client.js';
import { PIN_SETTINGS } from './session-settings.js';

export function dataSourceOptions(config: Config): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.DATABASE_URL,
    // Named explicitly, because TypeORM would load its own copy of pg.
    driver: { ...pg, Pool: FailFastPool },
    poolSize: config.DATABASE_POOL_SIZE,
    extra: {
      // By statements: startup parameters replace the operator's options, and poolers refuse them.
      ...(config.DATABASE_POOLED ? { isPooled: true } : { onConnect: beginSession }),
      state: new DatabaseState(config.DATABASE_POOLED),
      query_timeout: 3_000,
      keepAlive: true,
    },
    applicationName: 'latchkey',
    // An error's text can contain secrets; relevant errors are logged where they are caught.
    logging: false,
    poolErrorHandler: () => undefined,
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
  };
}

/** Sets up a new connection. @throws {NotPrimary} */
export async function beginSession(client: pg.ClientBase): Promise<void> {
  if (!(client as unknown as PrimaryClient).isPrimary) throw new NotPrimary();
  await client.query(PIN_SETTINGS);
}
