import { Injectable, Logger } from '@nestjs/common';
import { LiveSessions, type LiveSession } from '../../platform/access/access.ports.js';
import type { Principal } from '../../platform/access/principal.js';
import { Database } from '../../platform/database/database.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { reasonOf } from '../../platform/database/reason.js';
import type { Origin } from '../../platform/http/request.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';
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
import { FormerAccountRemains, refused, UsersAddedBeforehand } from './issuers.problems.js';
import { SessionNames } from './session-names.js';

/** Live sessions per person; the longest unused session ends as if its token had run out. */
const MAX_SESSIONS = 20;
/** Attempts to find a session that concurrent requests change. */
const ATTEMPTS = 3;

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
      if (found) return this.admit(token, found, origin);
      await this.openOnce(token, this.names.sessionOf(id, token, origin));
    }
    throw refused('session_ended');
  }

  /** Returns the state of the person and the sign-in, and changes nothing. */
  find(token: IssuerToken): Promise<FoundPerson> {
    return this.repository.find(this.names.identityKeyOf(token), this.names.signInKeyOf(token));
  }

  private async admit(token: IssuerToken, found: LiveSession, origin: Origin): Promise<Principal> {
    refuseByTime(token, found.seenAt);
    if (!isOfLaterSignIn(token, found.endedBefore)) throw refused('session_ended');
    const { authenticatedAt, expiresAt } = token;
    const principal = {
      ...found,
      ...(authenticatedAt !== undefined && { signedInAt: new Date(authenticatedAt * 1000) }),
      tokenEndsAt: new Date(expiresAt * 1000),
    };
    if (!isNews(token, found)) return principal;
    const session = this.names.sessionOf(found.sessionId, token, origin);
    const decides = token.issuer.roles !== undefined && isNewest(token, found);
    await this.repository.renew(session, decides ? token.role : undefined);
    if (!decides || found.role === token.role) return principal;
    await this.decideRole(token, session, found.userId);
    const { role } = (await this.live.findLive(found.sessionId)) ?? principal;
    return { ...principal, role };
  }

  private decideRole(token: IssuerToken, session: IssuerSession, userId: string): Promise<void> {
    return this.externalUsers.decideRole(userId, token.role, session.issuedAt, session.origin);
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
    if (token.issuer.roles) await this.decideRole(token, session, id);
    await this.runOutExcess(id);
  }

  private async create(token: IssuerToken, session: IssuerSession, id: string): Promise<void> {
    const { issuer, subject, role } = token;
    await this.limits.take('new-issuer-user', session.origin.address);
    const person = {
      id,
      issuer: issuer.issuer,
      subject,
      displayName: token.name ?? `User ${id.slice(-6)}`,
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
      if (!(await this.repository.areMoreThan(userId, MAX_SESSIONS))) return;
      await this.database.transaction(async (transaction) => {
        await this.users.hold(transaction, userId);
        const ended = await this.repository.runOutOldest(transaction, userId, MAX_SESSIONS);
        await this.seats.endSeatsOfSessions(transaction, ended);
      });
    } catch (error) {
      // The session is open; the next opening lets the excess sessions run out.
      this.logger.warn({ userId, reason: reasonOf(error) }, 'sessions beyond the limit remain');
    }
  }
}

function isNewest({ issuedAt }: IssuerToken, { tokenIssuedAt }: LiveSession): boolean {
  return tokenIssuedAt === null || tokenIssuedAt.getTime() < Math.floor(issuedAt * 1000);
}

/** Whether a token must be written to its session: it is the newest, or lives longer. */
function isNews(token: IssuerToken, found: LiveSession): boolean {
  const endsAt = Math.floor((token.expiresAt + LEEWAY) * 1000);
  return isNewest(token, found) || found.endsAt.getTime() < endsAt;
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
