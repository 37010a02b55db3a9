import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { reasonOf } from '../../platform/database/reason.js';
import { networkOf } from '../../platform/http/network.js';
import type { Origin } from '../../platform/http/request.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { UserPasswordsService } from '../accounts/user-passwords.service.js';
import { UsersService } from '../accounts/users.service.js';
import { AccountDisabled, AccountPending, InvalidCredentials } from './auth.problems.js';
import type { Login, SignedIn } from './auth.schema.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { PasswordCheck } from './password-check.js';
import { SessionOpener } from './session-opener.service.js';
import { SessionsRepository } from './sessions.repository.js';
import { SignedInAnswers } from './signed-in-answers.js';
import { UserSeats } from '../accounts/user-seats.ports.js';
import { UserSessionsRepository } from './user-sessions.repository.js';

/** Live sessions per account; a further sign-in ends the longest unused session. */
const MAX_SESSIONS = 100;

/** Owner of device tokens without an account, so that the comparison takes the same time. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class SignInService {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly userPasswords: UserPasswordsService,
    private readonly passwordCheck: PasswordCheck,
    private readonly sessions: SessionsRepository,
    private readonly userSessions: UserSessionsRepository,
    private readonly opener: SessionOpener,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
    private readonly audit: AuditService,
    private readonly seats: UserSeats,
  ) {}

  /**
   * The answer is the same whether the account exists or not; only the right password reveals its
   * status.
   * @throws {InvalidCredentials | RateLimited | AccountPending | AccountDisabled}
   */
  async login({ email, password, deviceToken }: Login, origin: Origin): Promise<SignedIn> {
    const user = await this.userPasswords.findByEmail(email);
    const network = networkOf(origin.address);
    const account = this.users.keyOf(email);
    const owner = { userId: user?.id ?? NOBODY, passwordHash: user?.passwordHash ?? null };
    const device = deviceToken && this.tokens.readDeviceToken(owner, deviceToken);
    const isRight = await this.passwordCheck.isRight({
      account,
      network,
      ownerOfDevice: device ? user?.id : undefined,
      stored: user?.passwordHash,
      password,
    });
    if (!user?.passwordHash || !isRight) throw new InvalidCredentials();
    if (user.status === 'pending') throw new AccountPending();
    // Also for statuses that a newer release added: only active accounts get a session.
    if (user.status !== 'active') throw new AccountDisabled();
    const { passwordHash: stored } = user;
    const { session, refreshToken, entry } = this.opener.draft(user, origin, device);
    const opened = await this.sessions.openByPassword(session, stored, entry);
    // The user was changed while the password was compared: the current state decides.
    if (!opened) return this.login({ email, password, deviceToken }, origin);
    await this.endExcess({ userId: user.id, origin });
    const whose = { account, network };
    const passwordHash = await this.userPasswords.renew(user.id, stored, password, whose);
    const { deviceId } = session;
    return this.answers.answer(user, session.id, opened, refreshToken, { deviceId, passwordHash });
  }

  /** Ends excess sessions; after the opening, so that the last concurrent sign-in sees all. */
  private async endExcess(actor: Actor): Promise<void> {
    const { userId } = actor;
    try {
      if (await this.userSessions.areMoreThan(userId, MAX_SESSIONS)) await this.endOldest(actor);
    } catch (error) {
      // The sign-in has succeeded; the next sign-in ends the excess sessions.
      this.logger.warn({ userId, reason: reasonOf(error) }, 'sessions beyond the limit remain');
    }
  }

  private endOldest(actor: Actor): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const { userId } = actor;
      await this.users.hold(transaction, userId);
      const ended = await this.userSessions.endOldest(transaction, userId, MAX_SESSIONS);
      for (const sessionId of ended) {
        const details = { sessionId, reason: 'too_many' };
        await this.audit.record(transaction, { action: 'session.ended', actor, userId, details });
      }
      await this.seats.endSeatsOfSessions(transaction, ended);
    });
  }
}
