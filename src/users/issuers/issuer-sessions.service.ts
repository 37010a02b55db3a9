import { Injectable, Logger } from '@nestjs/common';
import { LiveSessions, type LiveSession } from '../../platform/access/access.ports.js';
import type { Principal } from '../../platform/access/principal.js';
import { Database } from '../../platform/database/database.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { reasonOf } from '../../platform/database/reason.js';
import type { Origin } from '../../platform/http/request.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';
import { nameWithout } from '../accounts/external-identity.js';
import { ExternalUsersService } from '../accounts/external-users.service.js';
import { UserSeats } from '../accounts/user-seats.ports.js';
import { UsersService } from '../accounts/users.service.js';
import { AccountDisabled, AccountPending } from '../sessions/auth.problems.js';
import {
  type FoundPerson,
  type IssuerSession,
  IssuerSessionsRepository,
} from './issuer-sessions.repository.js';
import { type IssuerToken, isOfLaterSignIn, LEEWAY, refuseByTime } from './issuer-token.js';
import {
  FormerAccountRemains,
  refused,
  SessionChanging,
  UsersAddedBeforehand,
} from './issuers.problems.js';
import { SessionNames } from './session-names.js';

/** Live sessions per person; the longest unused session ends as if its token had run out. */
const MAX_SESSIONS = 20;
/** Attempts to find a session that concurrent requests change. */
const ATTEMPTS = 5;
/** Sessions per person, including those that ran out, so that all can be ended at once. */
const MAX_KEPT = 200;

/** The users and sessions for which issuers' tokens stand. */
@Injectable()
export class IssuerSessions {
  private readonly logger = new Logger('Issuers');
  private readonly opening = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly live: LiveSessions,
    private readonly repository: IssuerSessionsRepository,
    private readonly names: SessionNames,
    private readonly users: UsersService,
    private readonly externalUsers: ExternalUsersService,
    private readonly seats: UserSeats,
    private readonly limits: RateLimits,
    private readonly requests: RequestShares,
  ) {}

  /**
   * Returns the principal of a verified token, with one look-up unless the token is new.
   * @throws {IssuerTokenRefused | AccountPending | AccountDisabled | RegistrationClosed}
   */
  async principalOf(
    token: IssuerToken,
    device: string | undefined,
    origin: Origin,
  ): Promise<Principal> {
    const id = this.names.idOf(token, device);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.live.findLive(id);
      const principal = found && (await this.admit(token, found, origin));
      if (principal) return principal;
      if (!found) await this.openOnce(token, this.names.sessionOf(id, token, origin));
    }
    throw new SessionChanging();
  }

  /** Returns the state of the person and the sign-in, and changes nothing. */
  find(token: IssuerToken): Promise<FoundPerson> {
    return this.repository.find(this.names.identityKeyOf(token), this.names.signInKeyOf(token));
  }

  /** Returns undefined if the role was decided, and must be read again. */
  private async admit(
    token: IssuerToken,
    found: LiveSession,
    origin: Origin,
  ): Promise<Principal | undefined> {
    refuseByTime(token, found.seenAt);
    if (!isOfLaterSignIn(token, found.endedBefore)) throw refused('session_ended');
    const { authenticatedAt, expiresAt, role } = token;
    // Before anything else of the token counts, so that no request gets an earlier role.
    const isUndecided = token.issuer.roles !== undefined && !isDecided(token, found);
    if (isUndecided || isNews(token, found)) {
      const session = this.names.sessionOf(found.sessionId, token, origin);
      if (isUndecided && found.role !== role) await this.decideRole(token, session, found.userId);
      await this.repository.renew(session, found.userId, isUndecided ? role : undefined);
    }
    if (isUndecided) return undefined;
    return {
      ...found,
      ...(authenticatedAt !== undefined && { signedInAt: new Date(authenticatedAt * 1000) }),
      tokenEndsAt: new Date(expiresAt * 1000),
    };
  }

  private decideRole({ role }: IssuerToken, session: IssuerSession, userId: string): Promise<void> {
    const { issuedAt, identityKey, origin } = session;
    return this.externalUsers.decideRole(userId, { role, issuedAt, identityKey }, origin);
  }

  /** Concurrent requests with equal tokens share the work, and its failure. */
  private openOnce(token: IssuerToken, session: IssuerSession): Promise<void> {
    const { issuedAt, expiresAt, notBefore, authenticatedAt } = token;
    const key = [session.id, issuedAt, expiresAt, notBefore, authenticatedAt].join(' ');
    const known = this.opening.get(key);
    if (known) return known;
    // By person, because a person can name any number of devices.
    const who = session.identityKey.toString('hex');
    const opening = this.requests
      .run(who, 'open a session of an issuer', () => this.open(token, session))
      .finally(() => this.opening.delete(key));
    this.opening.set(key, opening);
    return opening;
  }

  private async open(token: IssuerToken, session: IssuerSession): Promise<void> {
    const person = await this.repository.find(session.identityKey, session.signInKey);
    refuseByTime(token, person.now);
    refuseByState(token, person);
    const { id, status } = person;
    if (id === null || person.isErased) return this.create(token, session, id ?? uuidv7());
    if (status !== 'active') return;
    await this.limits.take('issuer-session', id);
    const entry = openedBy(id, session);
    if (!(await this.repository.open(session, id, token.name, entry))) return;
    await this.runOutExcess(id);
  }

  private async create(token: IssuerToken, session: IssuerSession, id: string): Promise<void> {
    const { issuer, subject, role } = token;
    await this.limits.take('new-issuer-user', session.origin.address);
    const person = {
      id,
      issuer: issuer.issuer,
      subject,
      displayName: token.name ?? nameWithout(id),
      role,
      roleDecidedAt: issuer.roles ? session.issuedAt : null,
      status: issuer.users === 'open' ? 'active' : 'pending',
    } as const;
    const actor = { userId: id, origin: session.origin };
    const details = { issuer: issuer.name };
    const registered = { action: 'user.registered', actor, userId: id, details } as const;
    await this.repository.create(session, person, [registered, openedBy(id, session)]);
    const created = await this.repository.find(session.identityKey, session.signInKey);
    refuseByState(token, created);
  }

  /** After the opening, so that the last concurrent request sees all sessions. */
  private async runOutExcess(userId: string): Promise<void> {
    try {
      const { isLarge, isLong } = await this.repository.crowdOf(userId, MAX_SESSIONS, MAX_KEPT);
      if (!isLarge && !isLong) return;
      await this.database.transaction(async (transaction) => {
        await this.users.hold(transaction, userId);
        const ended = await this.repository.runOutOldest(transaction, userId, MAX_SESSIONS);
        await this.seats.endSeatsOfSessions(transaction, ended);
        await this.repository.forgetOldest(transaction, userId, MAX_KEPT);
      });
    } catch (error) {
      // The session is open; the next opening lets the excess sessions run out.
      this.logger.warn({ userId, reason: reasonOf(error) }, 'sessions beyond the limit remain');
    }
  }
}

const millisecondsOf = (seconds: number) => Math.floor(seconds * 1000);

/** Whether this token, or a token that was issued later, has decided the role. */
function isDecided({ issuedAt }: IssuerToken, { roleDecidedAt }: LiveSession): boolean {
  return roleDecidedAt !== null && roleDecidedAt.getTime() >= millisecondsOf(issuedAt);
}

/** Whether a token must be written to its session: it is the newest, or lives longer. */
function isNews(token: IssuerToken, { tokenIssuedAt, endsAt }: LiveSession): boolean {
  const isNewest =
    tokenIssuedAt === null || tokenIssuedAt.getTime() < millisecondsOf(token.issuedAt);
  return isNewest || endsAt.getTime() < millisecondsOf(token.expiresAt + LEEWAY);
}

/** @throws {IssuerTokenRefused | AccountPending | AccountDisabled | RegistrationClosed} */
export function refuseByState(token: IssuerToken, person: FoundPerson): void {
  const { id, status, isDeleted, isErased, endedAt } = person;
  if (!isOfLaterSignIn(token, endedAt)) throw refused('session_ended');
  if (isDeleted && !isErased) throw new FormerAccountRemains();
  if (id === null || isErased) {
    if (token.issuer.users === 'closed') throw new UsersAddedBeforehand();
    return;
  }
  if (status === 'pending') throw new AccountPending();
  // Also for statuses that a newer release added.
  if (status !== 'active') throw new AccountDisabled();
}

function openedBy(userId: string, { id: sessionId, origin }: IssuerSession) {
  const details = { sessionId, kind: 'issuer' };
  return { action: 'session.opened', actor: { userId, origin }, userId, details } as const;
}
