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

// Messages of pg without a code; disconnected clients get the last message during a shutdown.
const LOST_CONNECTION =
  /^Connection terminated|^timeout expired|not queryable|^Query read timeout|^Cannot use a pool/;

/** pg reports this failure without a code; `NO_TLS` is our code for it. */
const HAS_NO_TLS = /^The server does not support SSL connections/;
const NO_TLS = 'NO_TLS';

/** No connection became free in time, although the database answers. */
export class PoolExhausted extends Error {
  override readonly name = 'PoolExhausted';
}

/** No connection became free, and the database has answered no statement for a while. */
export class DatabaseSilent extends Error {
  override readonly name = 'DatabaseSilent';
}

/** Postgres could not be reached, or refused the connection; no statement was sent. */
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

export function violates(error: unknown, constraint: string): boolean {
  return driverErrorOf(error)?.constraint === constraint;
}

/** Whether a statement failed, without effect, because of its rows; others might succeed. */
export function isOfItsRows(error: unknown): boolean {
  // SQLSTATE classes 23 (constraint) and 40 (deadlock, serialization); 55P03: lock timeout.
  return /^(23|40|55P03)/.test(driverErrorOf(error)?.code ?? '');
}

/** Whether the result of a statement is unknown, or the statement never arrived. */
export function isConnectionError(error: unknown): boolean {
  const cause = driverErrorOf(error);
  if (!cause) return false;
  if (cause instanceof DatabaseSilent || cause instanceof CannotConnect) return true;
  const code = cause.code ?? '';
  // Connection, authorization, shutdown, resources; 55000: no connections accepted; 3D000: no
  // database; 25006: standby or read-only; 25P03, 25P04: ended a transaction and its connection.
  return (
    UNREACHABLE.has(code) ||
    /^(08|28|57P|53|55000|3D000|25006|25P0[34])/.test(code) ||
    (code === '' && LOST_CONNECTION.test(cause.message))
  );
}

export function tookTooLong(error: unknown): boolean {
  // 57014: statement timeout; 55P03: lock timeout; 40001, 40P01: serialization, deadlock.
  return /^(57014|55P03|40001|40P01)$/.test(driverErrorOf(error)?.code ?? '');
}

/** Whether Postgres lost an ability: a right, a table, a schema, sound files, or transactions. */
export function isOfItsState(code: string | undefined): boolean {
  return /^(42501|42P01|3F000|58|XX00[12]|25P04)/.test(code ?? '');
}

export function hasNoConnectionLeft(error: unknown): boolean {
  return driverErrorOf(error)?.code === '53300';
}

/** Returns the SQLSTATE or the system's code of an error; otherwise the name of the error. */
export function codeOf(error: unknown): string {
  const cause = driverErrorOf(error);
  if (cause?.code !== undefined) return cause.code;
  if (HAS_NO_TLS.test(cause?.message ?? '')) return NO_TLS;
  if (cause instanceof DatabaseSilent || /time(d )?out/i.test(cause?.message ?? ''))
    return 'ETIMEDOUT';
  return LOST_CONNECTION.test(cause?.message ?? '') ? 'ECONNRESET' : (cause?.name ?? 'unknown');
}

/** Returns the problem for callers; undefined if the error is a bug of ours. */
export function toDatabaseProblem(error: unknown): Problem | undefined {
  if (driverErrorOf(error) instanceof PoolExhausted)
    return new Overloaded(undefined, { retryAfter: 1 });
  if (isConnectionError(error) || isOfItsState(driverErrorOf(error)?.code))
    return new DatabaseUnavailable(undefined, { retryAfter: 1 });
  if (tookTooLong(error)) return new DatabaseTooSlow();
  return undefined;
}

/** Whether an error comes from Postgres, its driver or TypeORM; system errors may be unrelated. */
export function isOfDatabase(error: unknown): boolean {
  return [QueryFailedError, pg.DatabaseError, CannotConnect].some((type) => error instanceof type);
}

/** The loggable part of a database error; the error itself contains parameters. */
export function describeDatabaseError(error: unknown): Record<string, unknown> | undefined {
  const cause = driverErrorOf(error);
  if (!cause || !(isOfDatabase(error) || isConnectionError(error))) return undefined;
  const { code, constraint, table } = cause;
  const statement = error instanceof QueryFailedError ? error.query.slice(0, 200) : undefined;
  return { error: 'DatabaseError', code, constraint, table, statement, message: cause.name };
}
