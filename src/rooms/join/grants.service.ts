import { Injectable } from '@nestjs/common';
import { InsufficientScope } from '../../platform/access/access.problems.js';
import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import type { Caller } from '../../platform/access/principal.js';
import type { Scope } from '../../platform/access/scope.js';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { searchKeyOf } from '../../platform/http/folding.js';
import { NoSuchRoom } from '../../platform/http/problems.js';
import { RequestShares } from '../../platform/limits/request-shares.service.js';
import { SharedFlights } from '../../platform/tasks/shared-flights.js';
import { type ExternalIdentity, isNamespace } from '../../users/accounts/external-identity.js';
import { ExternalUsersService } from '../../users/accounts/external-users.service.js';
import { ParticipantTokens } from '../../users/participants/participant-tokens.service.js';
import { CodeEntryService } from '../entry/code-entry.service.js';
import { refusalToEnter } from '../entry/entry.policy.js';
import { AccessCodeRequired } from '../entry/entry.problems.js';
import type { Entry } from './entry.repository.js';
import type { GrantedEntry } from './granting.statements.js';
import {
  FormerGranteeRemains,
  GranteeDisabled,
  GranteePending,
  GranteePrivileged,
} from './grants.problems.js';
import { type Grantee, GrantsRepository } from './grants.repository.js';
import type { CreateGrant, ParticipantGrant } from './grants.schema.js';
import { type Admitted, JoinService } from './join.service.js';

const ROUTE = 'grant';
/** The scope that a grant with a role needs too. */
const FOR_MEMBERSHIP: Scope = 'rooms:write';

/** Extensions of a session by fewer milliseconds are not written. */
const LEAST_EXTENSION_MS = 1_000;

const HINT_AT_ROLE = ' If the room exists, send role, which makes the person a member.';

/** Equal grants share their work, so the work goes on if a client leaves. */
const neverLeaves = () => false;

interface Asked {
  readonly room: string;
  readonly wish: CreateGrant;
  readonly identity: ExternalIdentity;
  readonly identityKey: Buffer;
  /** The arrival of the request, in monotonic milliseconds. */
  readonly since: number;
  readonly caller: Caller;
}

/** Joins of a backend for its own users. */
@Injectable()
export class GrantsService {
  private readonly equal = new SharedFlights<ParticipantGrant>();

  constructor(
    private readonly joins: JoinService,
    private readonly grants: GrantsRepository,
    private readonly codes: CodeEntryService,
    private readonly users: ExternalUsersService,
    private readonly tokens: ParticipantTokens,
    private readonly shares: RequestShares,
  ) {}

  /** @throws the refusals of a join @throws {InsufficientScope | UnknownIssuer} */
  grant(room: string, wish: CreateGrant, caller: Caller): Promise<ParticipantGrant> {
    if (wish.role !== undefined && !caller.apiKey?.scopes.has(FOR_MEMBERSHIP))
      throw new InsufficientScope(FOR_MEMBERSHIP);
    const identity = this.users.identityOf(wish, caller);
    const identityKey = this.users.keyOf(identity);
    const sharers = { key: caller.userId, person: identityKey.toString('hex') };
    this.shares.countOnBehalf(sharers, ROUTE);
    const asked = { room, wish, identity, identityKey, since: performance.now() };
    // A backend that lost its answer, or answers every tab of an app, sends equal grants at once.
    return this.equal.run(JSON.stringify([caller.userId, room, wish]), () =>
      this.shares.runOnBehalf(sharers, (work) =>
        this.enter({ ...asked, caller: { ...caller, work, hasLeft: neverLeaves } }),
      ),
    );
  }

  private async enter(asked: Asked): Promise<ParticipantGrant> {
    const { displayName } = asked.wish;
    let session = { id: '', endsAt: new Date(0) };
    const admit = async (isFirst: boolean) => {
      const { admitted, endsAt } = await this.admit(asked, isFirst);
      session = { id: admitted.person.sessionId, endsAt };
      return admitted;
    };
    const wish = { displayName, newName: false };
    const grant = await this.joins.enter(wish, admit, asked.since);
    return {
      ...grant,
      participantToken: this.tokens.tokenOf(session.id),
      participantTokenExpiresAt: session.endsAt,
    };
  }

  private async admit(
    asked: Asked,
    isFirst: boolean,
  ): Promise<{ admitted: Admitted; endsAt: Date }> {
    const { room, wish, identityKey } = asked;
    const found = await this.grants.read({
      room,
      identityKey,
      device: wish.device ?? '',
      newUserId: uuidv7(),
      newSessionId: uuidv7(),
    });
    if (!found.entry) throw new NoSuchRoom();
    const { grantee } = found;
    refuseByState(grantee);
    const memberRole = wish.role ?? found.entry.memberRole;
    const { entry, codeVersion } = await this.giveCode({ ...found.entry, memberRole }, asked);
    // Each new session is a row and an entry in the audit trail.
    if (grantee.isNewSession && isFirst) this.shares.paceSignIn(identityKey.toString('hex'));
    const endsAt = this.endOf(grantee, wish, entry.serverTime);
    const granted = grantedOf(asked, found.entry, grantee, { codeVersion, endsAt });
    const person = personOf(asked, grantee);
    return { admitted: { entry: { ...entry, grant: granted }, person }, endsAt };
  }

  /** Applies the policy of every join; a right access code is written together with the seat. */
  private async giveCode(
    entry: Entry,
    { wish, identityKey, caller }: Asked,
  ): Promise<{ entry: Entry; codeVersion: number | null }> {
    const refusal = refusalToEnter(entry);
    if (!refusal) return { entry, codeVersion: null };
    const { accessCodeHash: hash, accessCodeVersion: codeVersion, roomId } = entry;
    const { accessCode: code } = wish;
    if (refusal instanceof NoSuchRoom) throw new NoSuchRoom(HINT_AT_ROLE);
    if (!(refusal instanceof AccessCodeRequired) || code === undefined || !hash) throw refusal;
    const guesser = identityKey.toString('hex');
    // Not by network, because the address is the backend's, which all of its people share.
    const from = ['access-code-backend', caller.userId] as const;
    await this.codes.check({ roomId, guesser, from, code, hash });
    const given = { ...entry, codeGiven: true };
    const next = refusalToEnter(given);
    if (next) throw next;
    return { entry: given, codeVersion };
  }

  private endOf({ endsAt }: Grantee, { expiresInSeconds }: CreateGrant, now: Date): Date {
    const wanted = new Date(now.getTime() + expiresInSeconds * 1_000);
    return endsAt !== null && endsAt.getTime() > wanted.getTime() - LEAST_EXTENSION_MS
      ? endsAt
      : wanted;
  }
}

/** @throws {GranteeDisabled | GranteePending | GranteePrivileged | FormerGranteeRemains} */
function refuseByState(grantee: Grantee): void {
  const { isDeleted, isErased, staysDisabled, isNewPerson, status, role } = grantee;
  if (isDeleted && !isErased) throw new FormerGranteeRemains();
  if (isNewPerson) {
    if (staysDisabled) throw new GranteeDisabled();
    return;
  }
  if (role !== ORDINARY_GLOBAL_ROLE) throw new GranteePrivileged();
  if (status === 'pending') throw new GranteePending();
  // Also for statuses that a newer release added.
  if (status !== 'active') throw new GranteeDisabled();
}

function personOf({ wish, caller }: Asked, { userId, sessionId }: Grantee): Caller {
  const { signedInAt, seenAt, origin, work, hasLeft } = caller;
  const { displayName } = wish;
  const kind = 'external';
  const who = { userId, sessionId, kind, displayName, guestRoomId: null } as const;
  const asUser = { role: ORDINARY_GLOBAL_ROLE, hasTemporaryPassword: false } as const;
  return { ...who, ...asUser, signedInAt, seenAt, origin, work, hasLeft };
}

function grantedOf(
  { wish, identity, identityKey, caller }: Asked,
  { roomId, memberRole }: Entry,
  { userId, sessionId, isNewPerson, isNewSession, userVersion, endsAt: end }: Grantee,
  { codeVersion, endsAt }: { readonly codeVersion: number | null; readonly endsAt: Date },
): GrantedEntry {
  const { displayName, device = '', role = null } = wish;
  const { issuer, externalId } = identity;
  const isMember = role === null || role === memberRole;
  const isExtended = end?.getTime() !== endsAt.getTime();
  const on = { actor: caller, userId } as const;
  return {
    grant: {
      isNewPerson,
      isNewSession,
      userVersion,
      issuer,
      externalId,
      identityKey: identityKey.toString('hex'),
      displayName,
      searchKey: searchKeyOf(displayName, null),
      isNamed: isNamespace(issuer),
      device,
      address: caller.origin.address,
      endsAt,
      membership: isMember ? null : role,
      codeVersion,
    },
    memberRole,
    isDue: isNewSession || isExtended || !isMember || codeVersion !== null,
    entries: [
      { action: 'user.created', ...on, details: { role: ORDINARY_GLOBAL_ROLE, issuer } },
      { action: 'session.opened', ...on, roomId, details: { sessionId, kind: OF_PARTICIPANT } },
      { action: 'member.set', ...on, roomId, details: { role } },
    ],
  };
}
