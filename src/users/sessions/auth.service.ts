import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { uuidv7 } from '../../platform/database/ids.js';
import type { Origin } from '../../platform/http/request.js';
import { Config } from '../../platform/config/config.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { PresenceService } from '../../rooms/presence/presence.service.js';
import { reasonOf } from '../../platform/database/reason.js';
import { networkOf } from '../../platform/http/network.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { PasswordsService } from '../accounts/passwords.service.js';
import { UserPasswordsService } from '../accounts/user-passwords.service.js';
import type { UserView } from '../accounts/user.schema.js';
import { UsersService } from '../accounts/users.service.js';
import {
  AccountDisabled,
  AccountPending,
  InvalidCredentials,
  RegistrationClosed,
} from './auth.problems.js';
import type { Login, Register, SignedIn } from './auth.schema.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { PasswordCheck } from './password-check.js';
import { type GuestStay, SessionsRepository } from './sessions.repository.js';
import { type NoteSignIn, SignInMarks } from './sign-in-marks.service.js';
import { SignedInAnswers } from './signed-in-answers.js';
import { UserSessionsRepository } from './user-sessions.repository.js';

/** Live sessions of one account; who signs in once more ends the one that was not used for longest. */
const MAX_SESSIONS = 100;

/** Whose device a token is compared with where there is no such account: that takes as long. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Signing in: registration, sessions, and the tokens that stand for them. */
@Injectable()
export class AuthService {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly userPasswords: UserPasswordsService,
    private readonly passwordCheck: PasswordCheck,
    private readonly limits: RateLimits,
    private readonly sessions: SessionsRepository,
    private readonly userSessions: UserSessionsRepository,
    private readonly tokens: OpaqueTokens,
    private readonly answers: SignedInAnswers,
    private readonly marks: SignInMarks,
    private readonly audit: AuditService,
    private readonly presence: PresenceService,
    private readonly config: Config,
  ) {}

  /**
   * @returns the new user's session; where an administrator must approve, the pending user
   * @throws {RegistrationClosed}
   * @throws {RateLimited}
   * @throws {EmailTaken}
   */
  async register(
    registration: Register,
    origin: Origin,
    key?: string,
  ): Promise<SignedIn | UserView> {
    if (this.config.REGISTRATION === 'closed') throw new RegistrationClosed();
    return this.marks.once({ route: 'register', key, body: registration }, (note) =>
      this.addAndOpen(registration, origin, note),
    );
  }

  private async addAndOpen(
    registration: Register,
    origin: Origin,
    note: NoteSignIn,
  ): Promise<SignedIn | UserView> {
    const { email, displayName, password } = registration;
    await this.passwords.refuseUnacceptable(password, '/password', { email, displayName });
    await this.limits.take('registration-network', origin.address);
    await this.limits.take('registration-name', this.users.keyOf(email));
    const passwordHash = await this.passwords.hash(password, {
      account: this.users.keyOf(email),
      network: networkOf(origin.address),
    });
    const status = this.config.REGISTRATION === 'open' ? 'active' : 'pending';
    return this.database.transaction(async (transaction) => {
      const person = { email, displayName, passwordHash, role: 'user', status } as const;
      const user = await this.users.add(transaction, person);
      const actor = { userId: user.id, origin };
      await this.audit.record(transaction, { action: 'user.registered', actor, userId: user.id });
      if (status === 'active') return this.open(transaction, user, origin, passwordHash, note);
      await note(transaction, { userId: user.id, sessionId: null });
      return user;
    });
  }

  /**
   * Answers alike whether the account exists or not.
   * @throws {InvalidCredentials}
   * @throws {RateLimited} after too many wrong passwords
   * @throws {AccountPending} only after the right password
   * @throws {AccountDisabled} only after the right password
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
    if (user.status === 'disabled') throw new AccountDisabled();
    const { passwordHash: stored } = user;
    const { session, refreshToken, entry } = this.draft(user, origin, device);
    const opened = await this.sessions.openByPassword(session, stored, entry);
    // Changed while the password was compared: what is true now decides.
    if (!opened) return this.login({ email, password, deviceToken }, origin);
    await this.endExcess({ userId: user.id, origin });
    const whose = { account, network };
    const passwordHash = await this.userPasswords.renew(user.id, stored, password, whose);
    const { deviceId } = session;
    return this.answers.answer(user, session.id, opened, refreshToken, { deviceId, passwordHash });
  }

  /**
   * Ends the caller's sign-in and its seats; its access token dies with it. No event tells of it:
   * all who leave at the end of a show would wait for the row of the room's feed.
   */
  logout(caller: Caller): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const { userId, sessionId } = caller;
      await this.sessions.revoke(transaction, sessionId);
      const entry = { action: 'session.ended', actor: caller, userId } as const;
      await this.audit.record(transaction, { ...entry, details: { sessionId } });
      await this.presence.endSeatsOfSessions(transaction, [sessionId]);
    });
  }

  /** Signs a guest in by an invite, until then at the latest. */
  openForGuest(
    transaction: Transaction,
    guest: UserView,
    origin: Origin,
    stay: GuestStay,
    note: NoteSignIn,
  ): Promise<SignedIn> {
    return this.open(transaction, guest, origin, null, note, stay);
  }

  private async open(
    transaction: Transaction,
    user: UserView,
    origin: Origin,
    passwordHash: string | null,
    note: NoteSignIn,
    stay?: GuestStay,
  ): Promise<SignedIn> {
    const { session, refreshToken, entry } = this.draft(user, origin);
    const opened = await this.sessions.open(transaction, { ...session, ...stay });
    await this.audit.record(transaction, entry);
    await note(transaction, { userId: user.id, sessionId: session.id });
    const { deviceId } = session;
    return this.answers.answer(user, session.id, opened, refreshToken, { deviceId, passwordHash });
  }

  private draft({ id: userId }: UserView, origin: Origin, knownDevice?: string) {
    const id = uuidv7();
    const deviceId = knownDevice ?? this.tokens.newDevice();
    const refreshToken = this.tokens.refreshToken({ sessionId: id, counter: 0 });
    const session = { id, userId, deviceId, refreshHash: this.tokens.hashOf(refreshToken), origin };
    const actor = { userId, origin };
    const details = { sessionId: id };
    const entry = { action: 'session.opened', actor, userId, details } as const;
    return { session, refreshToken, entry };
  }

  /** After the session is there, so that of any that open at once the last one sees all. */
  private async endExcess(actor: Actor): Promise<void> {
    const { userId } = actor;
    try {
      if (await this.userSessions.areMoreThan(userId, MAX_SESSIONS)) await this.endOldest(actor);
    } catch (error) {
      // The sign-in stands, and the next one ends what is too many.
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
      await this.presence.endSeatsOfSessions(transaction, ended);
    });
  }
}
