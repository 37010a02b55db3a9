import pg from 'pg';
import { QueryFailedError } from 'typeorm';
import type { Problem } from '../http/problem.js';
import { DatabaseUnavailable, Overloaded } from '../http/problems.js';
import { DatabaseTooSlow } from './database.problems.js';

interface DriverError {
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'EACCES',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

// Messages of pg for which it sets no code; the last is told to who is left of those whose clients
// have gone when a server ends.
const LOST_CONNECTION =
  /^Connection terminated|^timeout expired|not queryable|^Query read timeout|^Cannot use a pool/;

/** The message of pg for it, which has no code, and the code that it gets here. */
const HAS_NO_TLS = /^The server does not support SSL connections/;
const NO_TLS = 'NO_TLS';

/** No connection came free in time, although the database answers. */
export class PoolExhausted extends Error {
  override readonly name = 'PoolExhausted';
}

/** No connection came free, and the database has not answered anybody for a while. */
export class DatabaseSilent extends Error {
  override readonly name = 'DatabaseSilent';
}

/** Postgres, or the way to it, gave no connection; nothing was asked of it yet. */
export class CannotConnect extends Error {
  override readonly name = 'CannotConnect';
  readonly code: string | undefined;

  constructor(reason: Error) {
    super(reason.message, { cause: reason });
    this.code = driverErrorOf(reason)?.code;
  }
}

function driverErrorOf(error: unknown): (Error & DriverError) | undefined {
  if (error instanceof QueryFailedError) return error.driverError as Error & DriverError;
  return error instanceof Error ? error : undefined;
}

/** Whether a statement broke the named constraint. */
export function violates(error: unknown, constraint: string): boolean {
  return driverErrorOf(error)?.constraint === constraint;
}

/**
 * Whether what a statement was about stood in its way: a constraint, or somebody who writes the same
 * rows. It has changed nothing, and about other rows it might succeed.
 */
export function isOfItsRows(error: unknown): boolean {
  // SQLSTATE classes 23 (constraint) and 40 (deadlock, serialization); 55P03: lock timeout.
  return /^(23|40|55P03)/.test(driverErrorOf(error)?.code ?? '');
}

/** Whether it is unknown what became of a statement, or it never arrived. */
export function isConnectionError(error: unknown): boolean {
  const cause = driverErrorOf(error);
  if (!cause) return false;
  if (cause instanceof DatabaseSilent || cause instanceof CannotConnect) return true;
  const code = cause.code ?? '';
  // SQLSTATE classes 08 (connection), 28 (authorization), 57P (shutdown), 53 (resources); 55000: it
  // lets nobody in; 3D000: there is no such database; 25006: a standby, or a read-only server; 25P03
  // and 25P04: Postgres ended a transaction, and the connection with it.
  return (
    UNREACHABLE.has(code) ||
    /^(08|28|57P|53|55000|3D000|25006|25P0[34])/.test(code) ||
    (code === '' && LOST_CONNECTION.test(cause.message))
  );
}

/** Whether a statement was given up because it, or a lock that it waited for, took too long. */
export function tookTooLong(error: unknown): boolean {
  // 57014: statement timeout; 55P03: lock timeout; 40001, 40P01: serialization, deadlock.
  return /^(57014|55P03|40001|40P01)$/.test(driverErrorOf(error)?.code ?? '');
}

/**
 * Whether a code says that Postgres cannot do what it could before: a right, a table or a schema is
 * missing, its files cannot be read or are damaged, or it ends transactions.
 */
export function isOfItsState(code: string | undefined): boolean {
  return /^(42501|42P01|3F000|58|XX00[12]|25P04)/.test(code ?? '');
}

/** Whether all connections that Postgres grants, or grants this role, are taken. */
export function hasNoConnectionLeft(error: unknown): boolean {
  return driverErrorOf(error)?.code === '53300';
}

/** The SQLSTATE or the system's code of an error; the name of one that has neither. */
export function codeOf(error: unknown): string {
  const cause = driverErrorOf(error);
  if (cause?.code !== undefined) return cause.code;
  if (HAS_NO_TLS.test(cause?.message ?? '')) return NO_TLS;
  if (cause instanceof DatabaseSilent || /time(d )?out/i.test(cause?.message ?? ''))
    return 'ETIMEDOUT';
  return LOST_CONNECTION.test(cause?.message ?? '') ? 'ECONNRESET' : (cause?.name ?? 'unknown');
}

/** The problem that callers are told of an error of the database; undefined if it is a bug of ours. */
export function toDatabaseProblem(error: unknown): Problem | undefined {
  if (driverErrorOf(error) instanceof PoolExhausted)
    return new Overloaded(undefined, { retryAfter: 1 });
  if (isConnectionError(error) || isOfItsState(driverErrorOf(error)?.code))
    return new DatabaseUnavailable(undefined, { retryAfter: 1 });
  if (tookTooLong(error)) return new DatabaseTooSlow();
  return undefined;
}

/** Whether the error comes from Postgres, its driver or TypeORM; one of the system may be of any connection. */
export function isOfDatabase(error: unknown): boolean {
  return [QueryFailedError, pg.DatabaseError, CannotConnect].some((type) => error instanceof type);
}

/** What may be logged of an error of the database; the error itself carries parameters. */
export function describeDatabaseError(error: unknown): Record<string, unknown> | undefined {
  const cause = driverErrorOf(error);
  if (!cause || !(isOfDatabase(error) || isConnectionError(error))) return undefined;
  const { code, constraint, table } = cause;
  const statement = error instanceof QueryFailedError ? error.query.slice(0, 200) : undefined;
  return { error: 'DatabaseError', code, constraint, table, statement, message: cause.name };
}
