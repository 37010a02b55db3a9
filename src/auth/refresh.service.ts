import { Injectable } from '@nestjs/common';
import { Unauthenticated } from '../common/problems.js';
import type { Origin } from '../common/request.js';
import { Database } from '../database/database.js';
import { AuditService } from '../events/audit.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { RequestShares } from '../throttling/request-shares.service.js';
import type { SignedIn } from './auth.schema.js';
import { OpaqueTokens, type RefreshToken } from './opaque-tokens.js';
import { SessionsRepository } from './sessions.repository.js';
import { SignedInAnswers } from './signed-in-answers.js';

/** New tokens for a session, in exchange for its refresh token. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsRepository,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
    private readonly requests: RequestShares,
    private readonly audit: AuditService,
    private readonly presence: PresenceService,
  ) {}

  /**
   * Rotates the refresh token. A token that was rotated up to 10 s ago gets the same successor
   * again, because the answer may have been lost, but not once that successor was used. Any other
   * reuse ends the session: the token is in two hands, and one of them stole it.
   * @throws {Unauthenticated}
   * @throws {RateLimited}
   */
  async refresh(refreshToken: string, origin: Origin): Promise<SignedIn> {
    const used = this.tokens.readRefreshToken(refreshToken);
    if (!used)
      throw new Unauthenticated('No refresh token of ours: send refreshToken, or sign in again.');
    // Counted by session, not by address: clients behind the same address cannot be kept waiting.
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
    const counter = used.counter + 1;
    const successor = this.tokens.refreshToken({ sessionId, counter });
    const session =
      (await this.sessions.rotate({
        sessionId,
        currentHash: this.tokens.hashOf(refreshToken),
        nextHash: this.tokens.hashOf(successor),
      })) ?? (await this.sessions.findSuccessor(sessionId, counter));
    if (session)
      return this.answers.answer(session.user, sessionId, session, successor, session.deviceId);
    await this.endReused(sessionId, used.counter, origin);
    throw new Unauthenticated('The refresh token is not valid any more: sign in again.');
  }

  private endReused(sessionId: string, counter: number, origin: Origin): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const userId = await this.sessions.revokeReused(transaction, sessionId, counter);
      if (userId === undefined) return;
      const actor = { userId, origin };
      const details = { sessionId };
      await this.audit.record(transaction, { action: 'session.reused', actor, userId, details });
      await this.presence.remove(transaction, { userId, sessionId }, 'session_ended');
    });
  }
}
