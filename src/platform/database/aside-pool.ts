import pg from 'pg';
import type { Config } from '../config/config.js';
import { beginSession } from './data-source.js';
import { PrimaryClient } from './primary-client.js';

const PATIENCE_MS = 3_000;

/** Opens a pool of one connection, apart from the pool for requests but with its settings. */
export function openAsidePool(config: Config): pg.Pool {
  const pins = config.DATABASE_POOLED ? {} : { onConnect: beginSession };
  const pool = new pg.Pool({
    ...pins,
    Client: PrimaryClient,
    connectionString: config.DATABASE_URL,
    max: 1,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    application_name: 'latchkey',
  });
  // A connection that ends while it is idle is replaced by the next query.
  pool.on('error', () => undefined);
  return pool;
}
