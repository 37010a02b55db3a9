import { Logger } from '@nestjs/common';
import { isFinal, meaningOf } from './causes.js';
import { codeOf } from './database-errors.js';

const READ_ONLY = '25006';
/** Without callers no statement tells that the cause is mended, so that callers have to come again. */
const REFUSED_MS = 5_000;

/**
 * Whether the database can be used, as connections find it. Each change is one line in the log: lost,
 * read-only, back. A server that restarts refuses in several ways before it is back; that is one loss.
 */
export class DatabaseState {
  private readonly logger = new Logger('Database');
  /** Why no connection was made last; undefined while the database can be used. */
  private cause: string | undefined;
  private hasFewer = false;
  /** Texts of statements that Postgres refuses for its own state, and has not done since. */
  private readonly refused = new Set<string>();
  private refusedAt = 0;

  /** @param isPooled whether only a query tells the primary from a standby */
  constructor(private readonly isPooled = false) {}

  noteConnected(): void {
    if (!(this.isPooled && this.cause === READ_ONLY)) this.noteBack();
  }

  /** A connection that there was before answers again, which says nothing about refused new ones. */
  noteAnswer(): void {
    if (this.cause !== undefined && this.cause !== READ_ONLY && !isFinal(this.cause))
      this.noteBack();
  }

  notePrimary(): void {
    if (this.cause === READ_ONLY) this.noteBack();
  }

  /** @param error why no connection was made */
  noteLost(error: unknown): void {
    const { cause } = this;
    this.cause = codeOf(error);
    const isTheSame = (cause === READ_ONLY) === (this.cause === READ_ONLY);
    if (cause !== undefined && isTheSame) return;
    const meaning = meaningOf(this.cause);
    this.logger.error({ code: this.cause }, `the database cannot be used: ${meaning}`);
  }

  /** Whether Postgres has refused a statement a short while ago, and has done none of that kind since. */
  get isRefusing(): boolean {
    return this.refused.size > 0 && performance.now() - this.refusedAt < REFUSED_MS;
  }

  /** The line has the statement because the reason may also be an error in the program. */
  noteRefused(code: string, statement: string): void {
    this.refusedAt = performance.now();
    const isFirst = this.refused.size === 0;
    this.refused.add(statement);
    if (!isFirst) return;
    this.logger.error(
      { code, statement: statement.trim().slice(0, 200) },
      `the database cannot be used: ${meaningOf(code)}`,
    );
  }

  noteDone(statement: string): void {
    if (this.refused.size === 0 || !this.refused.has(statement)) return;
    this.refused.clear();
    this.logger.warn('the database is back');
  }

  /** Told once, because the next attempt to get more would only repeat it. */
  noteFewer(granted: number, wanted: number): void {
    if (this.hasFewer) return;
    this.hasFewer = true;
    this.logger.warn(
      { granted, wanted },
      'Postgres grants fewer connections than DATABASE_POOL_SIZE; lower it, or raise the limit of the role, the database or the server',
    );
  }

  /** At the level of a warning, so that a log which shows the loss shows its end as well. */
  private noteBack(): void {
    if (this.cause === undefined) return;
    this.cause = undefined;
    this.logger.warn('the database is back');
  }
}
