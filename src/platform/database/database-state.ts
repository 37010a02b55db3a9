import { Logger } from '@nestjs/common';
import { isFinal, meaningOf } from './causes.js';
import { codeOf } from './database-errors.js';

const READ_ONLY = '25006';
/** A refused statement counts as recovered after this time without another refusal. */
const STALE_MS = 60_000;
/** Maximum log lines about refused statements per minute: a damaged page is read repeatedly. */
const MOST_LINES = 20;

/** Whether the database is usable, as connections find it; logs each loss and its end once. */
export class DatabaseState {
  private readonly logger = new Logger('Database');
  /** Why the last connection failed; undefined while the database is usable. */
  private cause: string | undefined;
  private readonly told = new Set<'standby' | 'refusal' | 'silence'>();
  private hasFewer = false;
  /** Statements refused because of Postgres's state, and not executed since. */
  private readonly refused = new Map<string, { readonly code: string; readonly at: number }>();
  private linesAt: number[] = [];
  private isLossTold = false;

  /** @param isPooled whether only a query can distinguish the primary from a standby */
  constructor(private readonly isPooled = false) {}

  noteConnected(): void {
    if (!(this.isPooled && this.cause === READ_ONLY)) this.noteBack();
  }

  /** An existing connection answers again, which says nothing about new connections. */
  noteAnswer(): void {
    if (this.cause !== undefined && this.cause !== READ_ONLY && !isFinal(this.cause))
      this.noteBack();
  }

  notePrimary(): void {
    if (this.cause === READ_ONLY) this.noteBack();
  }

  noteLost(error: unknown): void {
    this.cause = codeOf(error);
    const lasting = isFinal(this.cause) ? 'refusal' : 'silence';
    const kind = this.cause === READ_ONLY ? 'standby' : lasting;
    const isTold = this.told.has(kind) || this.wasRefused(this.cause);
    this.told.add(kind);
    if (isTold) return;
    const meaning = meaningOf(this.cause);
    this.logger.error({ code: this.cause }, `the database cannot be used: ${meaning}`);
  }

  /** Logs the statement too, because the cause may be an error in the program. */
  noteRefused(code: string, statement: string): void {
    const now = performance.now();
    for (const [text, { at }] of this.refused) if (now - at > STALE_MS) this.refused.delete(text);
    // The statement may have used a connection to a primary that has become a standby since.
    const isKnown = this.wasRefused(code) || (code === READ_ONLY && this.told.has('standby'));
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

  private wasRefused(code: string | undefined): boolean {
    return [...this.refused.values()].some((each) => each.code === code);
  }

  private mayTell(now: number): boolean {
    this.linesAt = this.linesAt.filter((at) => now - at < STALE_MS);
    return this.linesAt.length < MOST_LINES && this.linesAt.push(now) > 0;
  }

  /** Logged only once, because every attempt to open more connections would repeat it. */
  noteFewer(granted: number, wanted: number): void {
    if (this.hasFewer) return;
    this.hasFewer = true;
    this.logger.warn(
      { granted, wanted },
      'Postgres grants fewer connections than DATABASE_POOL_SIZE; lower it, or raise the limit of the role, the database or the server',
    );
  }

  /** Logs a warning, so that a log that shows the loss also shows its end. */
  private noteBack(): void {
    if (this.cause === undefined) return;
    this.cause = undefined;
    this.told.clear();
    for (const [text, { code }] of this.refused) if (code === READ_ONLY) this.refused.delete(text);
    this.logger.warn('the database is back');
  }
}
