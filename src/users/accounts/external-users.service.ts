import { Injectable } from '@nestjs/common';
import { type GlobalRole, runsAllRooms } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import { type Actor, AuditService, type EntryOfUser } from '../../platform/audit/audit.service.js';
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
  nameWithout,
} from './external-identity.js';
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

// Inserts in the order of the keys, so that concurrent requests do not deadlock. Returns no row for
// an identity that a concurrent request has just created.
const FIND_OR_ADD = statement(
  'users.find-or-add-external',
  `with named as (
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[])
                   n (id, issuer, external_id, identity_key, display_name, search_key, role)),
   known as (
     select u.id, u.identity_key, u.deleted_at is not null as is_deleted
       from users u join named n on n.identity_key = u.identity_key
      where u.erased_at is null),
   added as (${insertingExternal(`
     select n.id, 'external', n.issuer, n.external_id, n.identity_key, n.display_name, n.search_key,
            n.role, null::timestamptz, 'active', null::timestamptz
       from named n where not exists (select from known k where k.identity_key = n.identity_key)
      order by n.identity_key`)}
     returning u.id, u.identity_key)
   select identity_key as key, id, is_deleted as "isDeleted", false as "isNew" from known
    union all
   select identity_key, id, false, true from added`,
);

/** Attempts to find users that concurrent requests create. */
const ATTEMPTS = 3;

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

/** A user to find, or to create before their first visit. */
export interface ExternalPerson extends ExternalIdentity {
  /** Only of a user who is created. */
  readonly displayName?: string | undefined;
  readonly role: GlobalRole;
}

/** The user of an identity. */
export interface FoundExternal {
  readonly id: string;
  /** Whether the data of the deleted user is not erased yet, so that they cannot return. */
  readonly isDeleted: boolean;
  readonly isNew: boolean;
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
  async add(transaction: Transaction, person: ExternalPerson): Promise<string> {
    const [user] = await this.findOrAdd(transaction, [person]);
    if (!user?.isNew) throw new ExternalIdTaken();
    return user.id;
  }

  /**
   * Finds users, and creates those that are missing, in a number of statements that does not depend
   * on their number. Returns them in the same order; undefined for a user who is changed
   * concurrently all the time. The identities must be different.
   */
  async findOrAdd(
    transaction: Transaction,
    people: readonly ExternalPerson[],
  ): Promise<(FoundExternal | undefined)[]> {
    const found = new Map<string, FoundExternal>();
    const named = people.map((person) => ({ person, key: this.keyOf(person) }));
    const isMissing = ({ key }: (typeof named)[number]) => !found.has(key.toString('hex'));
    let missing = named;
    for (let attempt = 0; attempt < ATTEMPTS && missing.length > 0; attempt += 1) {
      const rows = await rowsOf<FoundExternal & { key: Buffer }>(
        transaction,
        FIND_OR_ADD,
        valuesOf(missing),
      );
      for (const { key, ...user } of rows) found.set(key.toString('hex'), user);
      missing = missing.filter(isMissing);
    }
    return named.map(({ key }) => found.get(key.toString('hex')));
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

/** The audit entry about a user whom an administrator or an API key has created. */
export function creationOf(
  actor: Actor,
  userId: string,
  { role, issuer }: Pick<ExternalPerson, 'role' | 'issuer'>,
): EntryOfUser {
  return { action: 'user.created', actor, userId, details: { role, issuer } };
}

/** The columns of FIND_OR_ADD. */
function valuesOf(
  named: readonly { readonly person: ExternalPerson; readonly key: Buffer }[],
): unknown[][] {
  const ids = named.map(() => uuidv7());
  const names = named.map(({ person }, row) => person.displayName ?? nameWithout(ids[row] ?? ''));
  return [
    ids,
    named.map(({ person }) => person.issuer),
    named.map(({ person }) => person.externalId),
    named.map(({ key }) => key),
    names,
    names.map((name) => searchKeyOf(name, null)),
    named.map(({ person }) => person.role),
  ];
}
