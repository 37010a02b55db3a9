import { Injectable } from '@nestjs/common';
import { type GlobalRole, runsAllRooms } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { searchKeyOf } from '../../platform/http/folding.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';
import {
  DEFAULT_NAMESPACE,
  type ExternalIdentity,
  identityKeyOf,
  isNamespace,
} from './external-identity.js';
import type { NewExternalUser } from './user.schema.js';
import { UserSeats } from './user-seats.ports.js';
import { ExternalIdTaken, ManagedByIssuer, UnknownIssuer } from './users.problems.js';

/**
 * SQL that inserts an external user; if the identity belonged to a deleted user, they return with
 * their bans, and disabled if they were. Inserts nothing if another user has the identity, or if
 * the deleted user's data is not erased yet. The alias of the row is `u`.
 * @param source query of the columns below, in this order
 */
export function insertingExternal(source: string): string {
  return `insert into users as u (id, kind, issuer, external_id, identity_key, display_name,
            search_key, role, role_decided_at, status, first_seen_at)
     ${source}
     on conflict (identity_key) do update
        set issuer = excluded.issuer, external_id = excluded.external_id,
            display_name = excluded.display_name, search_key = excluded.search_key,
            role = excluded.role, role_decided_at = excluded.role_decided_at,
            status = case when u.stays_disabled then 'disabled' else excluded.status end,
            first_seen_at = excluded.first_seen_at, stays_disabled = false,
            created_at = clock_timestamp(), sessions_valid_from = clock_timestamp(),
            deleted_at = null, erased_at = null
      where u.erased_at is not null`;
}

const INSERT = statement(
  'users.insert-external',
  `${insertingExternal(`values ($1, 'external', $2, $3, $4, $5, $6, $7, null::timestamptz, 'active', null::timestamptz)`)}
   returning u.id`,
);

const DECIDE_ROLE = statement(
  'users.decide-role',
  `update users u set role = $2, role_decided_at = $3
     from (select id, role from users where id = $1 for no key update) before
    where u.id = before.id and u.deleted_at is null and u.identity_key = $4
      and (u.role_decided_at is null or u.role_decided_at < $3)
   returning before.role as "formerRole"`,
);

/** An identity as requests name it. */
export interface NamedIdentity {
  readonly externalId: string;
  readonly issuer?: string | undefined;
}

/** The role that a token of this identity claims. */
export interface RoleDecision {
  readonly role: GlobalRole;
  readonly issuedAt: Date;
  readonly identityKey: Buffer;
}

/** Users whose identity another system manages. */
@Injectable()
export class ExternalUsersService {
  constructor(
    private readonly database: Database,
    private readonly secrets: ServerSecrets,
    private readonly audit: AuditService,
    private readonly seats: UserSeats,
    private readonly config: Config,
  ) {}

  /**
   * Completes an identity in a request. An API key names identities of its own namespace and of
   * trusted issuers; an administrator names any. @throws {UnknownIssuer}
   */
  identityOf(
    { externalId, issuer }: NamedIdentity,
    { apiKey }: Pick<Principal, 'apiKey'>,
  ): ExternalIdentity {
    const own = apiKey?.namespace ?? DEFAULT_NAMESPACE;
    const named = issuer ?? own;
    const isKnown = apiKey ? named === own : isNamespace(named);
    if (!isKnown && !this.issuerOf(named)) throw new UnknownIssuer();
    return { externalId, issuer: named };
  }

  keyOf(identity: ExternalIdentity): Buffer {
    return identityKeyOf(this.secrets, identity);
  }

  /** @throws {ManagedByIssuer} if the claims of the issuer's tokens decide about roles */
  refuseToManageRole(issuer: string | null): void {
    if (issuer !== null && this.issuerOf(issuer)?.roles) throw new ManagedByIssuer();
  }

  /** Creates a user before their first visit, and returns the id. @throws {ExternalIdTaken} */
  async add(
    transaction: Transaction,
    { displayName, role }: Pick<NewExternalUser, 'displayName' | 'role'>,
    identity: ExternalIdentity,
  ): Promise<string> {
    const [row] = await rowsOf<{ id: string }>(transaction, INSERT, [
      uuidv7(),
      identity.issuer,
      identity.externalId,
      this.keyOf(identity),
      displayName,
      searchKeyOf(displayName, null),
      role,
    ]);
    if (!row) throw new ExternalIdTaken();
    return row.id;
  }

  /**
   * Gives a user the role that a token claims, unless a token that was issued later decided, or
   * the user was linked to another identity in the meantime.
   */
  decideRole(id: string, decision: RoleDecision, origin: Actor['origin']): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const { role, issuedAt, identityKey } = decision;
      const values = [id, role, issuedAt, identityKey];
      const [row] = await rowsOf<{ formerRole: string }>(transaction, DECIDE_ROLE, values);
      if (!row || row.formerRole === role) return;
      const actor = { userId: id, origin };
      const details = { changed: ['role'], role, by: 'issuer' };
      await this.audit.record(transaction, { action: 'user.changed', actor, userId: id, details });
      if (runsAllRooms(row.formerRole) && !runsAllRooms(role))
        await this.seats.endSeatsOfStrangers(transaction, { userId: id });
    });
  }

  private issuerOf(issuer: string) {
    return this.config.TRUSTED_ISSUERS.find((each) => each.issuer === issuer);
  }
}
