import { Injectable } from '@nestjs/common';
import { otherThan } from '../../platform/http/credential-forms.js';
import { Unauthenticated } from '../../platform/http/problems.js';
import type { Origin } from '../../platform/http/request.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';
import { UserSeats } from '../accounts/user-seats.ports.js';
import type { SignedIn } from './auth.schema.js';
import { OpaqueTokens, type RefreshToken } from './opaque-tokens.js';
import { forkOf, RotatedTokensRepository, type Succession } from './rotated-tokens.repository.js';
import { type RefreshedSession, SessionsRepository } from './sessions.repository.js';
import { SignedInAnswers } from './signed-in-answers.js';
import { RefreshTokenInvalid } from './auth.problems.js';

@Injectable()
export class RefreshService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsRepository,
    private readonly rotated: RotatedTokensRepository,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
    private readonly requests: RequestShares,
    private readonly audit: AuditService,
    private readonly seats: UserSeats,
    private readonly config: Config,
  ) {}

  /**
   * Rotates the refresh token. For 10 s a rotated token gets the same successor again, because the
   * answer may have been lost. For a day it then gets one different successor, because the phone
   * may have been killed before it stored the first. Both require that the successor was not used.
   * Any other reuse ends the session, because the token must have been stolen.
   * @throws {Unauthenticated | RateLimited}
   */
  async refresh(refreshToken: string, origin: Origin): Promise<SignedIn> {
    const used = this.tokens.readRefreshToken(refreshToken);
    if (!used) throw unreadable(refreshToken);
    // By session, not by address: clients that share an address must not delay each other.
    return this.requests.run(used.sessionId, 'refresh', () =>
      this.rotate(refreshToken, used, origin),
    );
  }

  private async rotate(
    refreshToken: string,
    used: RefreshToken,
    origin: Origin,
  ): Promise<SignedIn> {
    const { sessionId } = used;
    const successor = this.tokens.refreshToken({ sessionId, counter: used.counter + 1 });
    const rotated = await this.sessions.rotate({
      sessionId,
      currentHash: this.tokens.hashOf(refreshToken),
      nextHash: this.tokens.hashOf(successor),
    });
    if (rotated) return this.answer(sessionId, rotated, successor);
    const succession = await this.succession(used, origin);
    if (succession) {
      const { counter } = succession;
      const current = this.tokens.refreshToken({ sessionId, counter });
      return this.answer(sessionId, succession, current);
    }
    await this.endReused(used, origin);
    throw new RefreshTokenInvalid();
  }

  private answer(
    sessionId: string,
    session: RefreshedSession,
    refreshToken: string,
  ): Promise<SignedIn> {
    return this.answers.answer(session.user, sessionId, session, refreshToken, session);
  }

  private async succession(used: RefreshToken, origin: Origin): Promise<Succession | undefined> {
    return (
      (await this.rotated.findSuccessor(used)) ??
      (await this.fork(used, origin)) ??
      // A concurrent use of the token has forked it in the meantime.
      (await this.rotated.findSuccessor(used))
    );
  }

  private fork(used: RefreshToken, origin: Origin): Promise<Succession | undefined> {
    const { sessionId, counter } = used;
    const nextHash = this.tokens.hashOf(this.tokens.refreshToken(forkOf(used)));
    // Refreshes may use the reserved connections too.
    return this.database.reservedTransaction(async (transaction) => {
      const forked = await this.rotated.fork(
        transaction,
        { sessionId, counter, nextHash },
        this.config.SESSION_IDLE_TTL,
      );
      if (!forked) return undefined;
      const userId = forked.user.id;
      const actor = { userId, origin };
      const details = { sessionId };
      await this.audit.record(transaction, { action: 'session.forked', actor, userId, details });
      return forked;
    });
  }

  private endReused(used: RefreshToken, origin: Origin): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const { sessionId } = used;
      const userId = await this.rotated.revokeReused(transaction, used);
      if (userId === undefined) return;
      const actor = { userId, origin };
      const details = { sessionId };
      await this.audit.record(transaction, { action: 'session.reused', actor, userId, details });
      await this.seats.remove(transaction, { userId, sessionId }, 'session_ended');
    });
  }
}

function unreadable(text: string): Unauthenticated {
  const other = otherThan('refresh token', text);
  const fault = other ?? 'not a refresh token of this server, or was changed in transit';
  return new Unauthenticated(
    `The text in refreshToken is ${fault}: send the refreshToken of the last sign-in or refresh, or sign in again.`,
  );
}
