import { meaningOf } from './causes.js';
import { codeOf, isOfDatabase } from './database-errors.js';

/** System calls whose errors name a port or a file, never the database's address. */
const HARMLESS = /^(listen|mkdir|open)$/;

/** Returns the part of an error that is safe to show: drivers put passwords into their messages. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && HARMLESS.test(String(error.syscall)))
    return error.message;
  if (isOfDatabase(error)) return `The database cannot be used: ${meaningOf(codeOf(error))}.`;
  return error instanceof Error ? error.message : 'unknown error';
}
