import { meaningOf } from './database/causes.js';
import { describeDatabaseError } from './database/database-errors.js';

/** Calls of the system whose errors name a port or a file, never the database's address. */
const HARMLESS = /^(listen|mkdir|open)$/;

/** Nothing of an error but what may be read by anybody: drivers put passwords into theirs. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && HARMLESS.test(String(error.syscall)))
    return error.message;
  const database = describeDatabaseError(error);
  if (database) return `The database cannot be used: ${meaningOf(String(database['code']))}.`;
  return error instanceof Error ? error.message : 'unknown error';
}
