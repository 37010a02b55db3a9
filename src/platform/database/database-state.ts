import { Logger } from '@nestjs/common';
import { isFinal, meaningOf } from './causes.js';
import { codeOf } from './database-errors.js';

const READ_ONLY = '25006';
/** After so long without a refusal, a statement that was refused counts as mended. */
const STALE_MS = 60_000;
/** Lines of refused statements in a minute: one damaged page is met again and again. */
const MOST_LINES = 20;

/**
 * Whether the database can be used, as connections find it. Each change is one line in the log: lost,
 * read-only, back. A server that restarts refuses in several ways before it is back; that is one loss.
 */
export class DatabaseState {
  private readonly logger = new Logger('Database');
  /** Why no connection was made last; undefined while the database can be used. */
  private cause: string | undefined;
  /** What was told of this loss; a cause that stays until somebody acts is told after others, too. */
  private readonly told = new Set<'standby' | 'refusal' | 'silence'>();
  private hasFewer = false;
  /** Statements that Postgres refused for its own state and has not executed since: code and time. */
  private readonly refused = new Map<string, { readonly code: string; readonly at: number }>();
  private linesAt: number[] = [];
  private isLossTold = false;

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
    this.cause = codeOf(error);
    const lasting = isFinal(this.cause) ? 'refusal' : 'silence';
    const kind = this.cause === READ_ONLY ? 'standby' : lasting;
    if (this.told.has(kind)) return;
    this.told.add(kind);
    const meaning = meaningOf(this.cause);
    this.logger.error({ code: this.cause }, `the database cannot be used: ${meaning}`);
  }

  /** The line has the statement because the reason may also be an error in the program. */
  noteRefused(code: string, statement: string): void {
    const now = performance.now();
    for (const [text, { at }] of this.refused) if (now - at > STALE_MS) this.refused.delete(text);
    const isKnown = [...this.refused.values()].some((each) => each.code === code);
    this.refused.set(statement, { code, at: now });
    if (isKnown || !this.mayTell(now)) return;
    this.isLossTold = true;
    this.logger.error(
      { code, statement: statement.trim().slice(0, 200) },
      `the database cannot be used: ${meaningOf(code)}`,
    );
  }

  noteDone(statement: string): void {
    const mended = this.refused.size > 0 ? this.refused.get(statement) : undefined;
    if (!mended) return;
    for (const [text, { code }] of this.refused)
      if (code === mended.code) this.refused.delete(text);
    if (this.refused.size > 0 || !this.isLossTold) return;
    this.isLossTold = false;
    this.logger.warn('the database is back');
  }

  private mayTell(now: number): boolean {
    this.linesAt = this.linesAt.filter((at) => now - at < STALE_MS);
    return this.linesAt.length < MOST_LINES && this.linesAt.push(now) > 0;
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
    this.told.clear();
    this.logger.warn('the database is back');
  }
}
