import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { type Page, type PageQuery, toPage } from '../../platform/http/paging.js';
import { NoSuchUser, SessionEnded } from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { UserSeats } from '../accounts/user-seats.ports.js';
import { UsersService } from '../accounts/users.service.js';
import type { SessionView } from './session.schema.js';
import { UserSessionsRepository } from './user-sessions.repository.js';
import { NoSuchSession } from './auth.problems.js';

@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly sessions: UserSessionsRepository,
    private readonly audit: AuditService,
    private readonly seats: UserSeats,
  ) {}

  async list(userId: string, query: PageQuery, caller: Caller): Promise<Page<SessionView>> {
    const { items, nextCursor } = toPage(await this.sessions.list(userId, query), query);
    const views = items.map((each) => ({ ...each, current: each.id === caller.sessionId }));
    return { items: views, nextCursor };
  }

  /** @throws {NotFound} if there is no such user */
  async listOf(userId: string, query: PageQuery, caller: Caller): Promise<Page<SessionView>> {
    await this.users.find(userId);
    return this.list(userId, query, caller);
  }

  /** Writes no event: after a show, every leaving user would wait for the feed's row. */
  endOwn(caller: Caller): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const { userId, sessionId } = caller;
      // A sign-in at an issuer has sessions on several devices, and more may be opened meanwhile.
      if (caller.kind === 'external') await this.users.hold(transaction, userId);
      const ended = await this.sessions.revoke(transaction, sessionId);
      const entry = { action: 'session.ended', actor: caller, userId } as const;
      await this.audit.record(transaction, { ...entry, details: { sessionId } });
      await this.seats.endSeatsOfSessions(transaction, ended);
    });
  }

  /** @throws {NotFound} if the caller has no such session */
  end(sessionId: string, caller: Caller): Promise<void> {
    return this.whileSignedIn(caller, async (transaction) => {
      const { userId } = caller;
      const ended = await this.sessions.end(transaction, userId, sessionId);
      if (ended.length === 0) throw new NoSuchSession();
      const entry = { action: 'session.ended', actor: caller, userId } as const;
      await this.audit.record(transaction, { ...entry, details: { sessionId } });
      await this.seats.endSeatsOfSessions(transaction, ended);
    });
  }

  endOthers(caller: Caller): Promise<void> {
    return this.whileSignedIn(caller, (transaction) =>
      this.endAllBut(transaction, caller.userId, caller.sessionId, caller),
    );
  }

  /** @throws {NotFound} if there is no such user */
  endAllOf(userId: string, caller: Caller): Promise<void> {
    return this.database.transaction(async (transaction) => {
      if (!(await this.users.hold(transaction, userId))) throw new NoSuchUser();
      await this.endAllBut(transaction, userId, null, caller);
    });
  }

  /** Counts up to `most` live guests; exact in a transaction that has locked the invite. */
  countGuests(inviteId: string, most: number, transaction?: Transaction): Promise<number> {
    return this.sessions.countGuests(inviteId, most, transaction);
  }

  /** The caller must have locked the user. */
  async endAllBut(
    transaction: Transaction,
    userId: string,
    sessionId: string | null,
    actor: Caller,
  ): Promise<void> {
    const ended = await this.sessions.endAllBut(transaction, userId, sessionId);
    if (ended.length === 0) return;
    const details = { count: ended.length };
    await this.audit.record(transaction, { action: 'sessions.ended', actor, userId, details });
    await this.seats.endSeatsOfSessions(transaction, ended);
  }

  /**
   * Locks the caller's account, and checks the session under that lock: of two sessions that end
   * each other at the same time, only the first succeeds. @throws {Unauthenticated}
   */
  whileSignedIn<Result>(
    { userId, sessionId }: Caller,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    return this.database.transaction(async (transaction) => {
      await this.users.hold(transaction, userId);
      if (!(await this.sessions.isLive(transaction, userId, sessionId))) throw new SessionEnded();
      return work(transaction);
    });
  }
}
