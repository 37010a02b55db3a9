import { Injectable } from '@nestjs/common';
import type { GlobalRole } from '../../platform/access/global-role.js';
import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { type AuditEntry, auditingOf, auditValuesOf } from '../../platform/audit/audit.service.js';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { searchKeyOf } from '../../platform/http/folding.js';
import type { Origin } from '../../platform/http/request.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import { insertingExternal } from '../accounts/external-users.service.js';

/** Days that the end of a sign-in is kept: no browser keeps a cookie for longer. */
const ENDS_KEPT_DAYS = 400;
const AT_ONCE = 1_000;

// The upsert waits for concurrent ends, and compares with the newest.
const signInOf = (from: string) => `
  insert into issuer_sign_ins as i (key) select $1::bytea ${from}
   on conflict (key) do update set used_at = clock_timestamp()
    where i.ended_at is null or i.ended_at < $2::timestamptz
  returning ended_at`;

/** @param from SQL of `person` (with `id`) and `sign_in` */
const openingOf = (from: string) => `
  insert into sessions as s (id, user_id, kind, device, address, sign_in_key, token_issued_at,
      ended_before, idle_expires_at, expires_at)
  select $3::uuid, person.id, 'issuer', $4, $5, $1::bytea, $6::timestamptz, sign_in.ended_at,
         $7::timestamptz, $7::timestamptz
    from ${from}
   on conflict (id) do update
      set user_id = excluded.user_id, revoked_at = null, created_at = clock_timestamp(),
          last_used_at = clock_timestamp(), device = excluded.device, address = excluded.address,
          token_issued_at = greatest(s.token_issued_at, excluded.token_issued_at),
          ended_before = excluded.ended_before,
          idle_expires_at = excluded.idle_expires_at, expires_at = excluded.expires_at
  returning s.id`;

const FIND = statement(
  'issuers.find-person',
  `select clock_timestamp() as now, u.id, u.status, u.role, u.deleted_at is not null as "isDeleted",
          u.erased_at is not null as "isErased", u.stays_disabled as "staysDisabled",
          i.ended_at as "endedAt"
     from (select 1) once
     left join users u on u.identity_key = $1
     left join issuer_sign_ins i on i.key = $2`,
);

// The first sight of a person, in one statement. Of concurrent requests, one creates the user.
const CREATE = statement(
  'issuers.create-person',
  `with sign_in as (${signInOf('')}),
        person as (${insertingExternal(`
          select $8::uuid, 'external', $9, $10, $11, $12, $13, $14, $15::timestamptz, $16,
                 clock_timestamp() from sign_in`)}
          returning u.id, u.status),
        opened as (${openingOf(`person, sign_in where person.status = 'active'`)}),
        ${auditingOf('person', 17, 'registered')},
        ${auditingOf('opened', 25)}
   select id from person`,
);

// Operations that end sessions lock the user too, and therefore find the session opened here.
const OPEN = statement(
  'issuers.open-session',
  `with person as (
          select id from users where id = $8 and identity_key = $9 and status = 'active'
             for no key update),
        sign_in as (${signInOf('from person')}),
        opened as (${openingOf('person, sign_in')}),
        seen as (
          update users u
             set first_seen_at = coalesce(u.first_seen_at, clock_timestamp()),
                 display_name = coalesce($10, u.display_name),
                 search_key = case when $10 is null then u.search_key else $11 end
            from opened
           where u.id = $8 and (u.first_seen_at is null or u.display_name <> $10)),
        ${auditingOf('opened', 12)}
   select id from opened`,
);

// One write for each new token, and none for a request.
const RENEW = statement(
  'issuers.renew-session',
  `with renewed as (
     update sessions s
        set token_issued_at = greatest(s.token_issued_at, $2),
            expires_at = greatest(s.expires_at, $3),
            idle_expires_at = greatest(s.idle_expires_at, $3),
            last_used_at = clock_timestamp(), device = $4, address = $5
      where s.id = $1 and s.kind = 'issuer' and s.revoked_at is null
        and (s.token_issued_at < $2 or s.expires_at < $3)
     returning user_id)
   update users u set role_decided_at = $2 from renewed
    where u.id = renewed.user_id and u.role = $6
      and (u.role_decided_at is null or u.role_decided_at < $2)`,
);

const liveOfUser = `from sessions s join users u on u.id = s.user_id
       where s.user_id = $1 and s.kind = 'issuer' and ${isLiveSession('s', 'u', 'clock_timestamp()')}`;

const IS_CROWDED = statement('issuers.is-crowded', `select s.id ${liveOfUser} offset $2 limit 1`);

const RUN_OUT_OLDEST = statement(
  'issuers.run-out-oldest',
  `update sessions set expires_at = clock_timestamp(), idle_expires_at = clock_timestamp()
    where id = any (array(
      select s.id ${liveOfUser}
       order by s.last_used_at desc, s.id desc offset $2))
   returning id`,
);

const purgingOf = (name: string, condition: string) =>
  statement(
    `issuer-sign-ins.${name}.purge`,
    `delete from issuer_sign_ins where ctid = any (array(
       select ctid from issuer_sign_ins
        where ${condition} order by used_at limit $2 for update skip locked))
     returning 1`,
  );
const PURGE_UNUSED = purgingOf(
  'unused',
  'ended_at is null and used_at < (select clock_timestamp() - make_interval(secs => $1))',
);
const PURGE_ENDED = purgingOf(
  'ended',
  `used_at < (select clock_timestamp() - make_interval(days => $1))
     and ended_at < (select clock_timestamp() - make_interval(days => $1))`,
);

/** A session of an issuer's token. */
export interface IssuerSession {
  readonly id: string;
  readonly signInKey: Buffer;
  readonly identityKey: Buffer;
  /** The sign-in must have ended before this time, or not at all. */
  readonly laterThan: Date | '-infinity';
  readonly issuedAt: Date;
  readonly endsAt: Date;
  readonly origin: Origin;
}

export interface NewPerson {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly displayName: string;
  readonly role: GlobalRole;
  /** Null if the role is managed here. */
  readonly roleDecidedAt: Date | null;
  readonly status: 'active' | 'pending';
}

export interface FoundPerson {
  readonly now: Date;
  readonly id: string | null;
  readonly status: string | null;
  readonly role: GlobalRole | null;
  readonly isDeleted: boolean;
  readonly isErased: boolean;
  /** Whether the account is disabled again when a deleted person returns. */
  readonly staysDisabled: boolean | null;
  readonly endedAt: Date | null;
}

@Injectable()
export class IssuerSessionsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async find(identityKey: Buffer, signInKey: Buffer): Promise<FoundPerson> {
    const row = await this.database.queryOne<FoundPerson>(FIND, [identityKey, signInKey]);
    return row as FoundPerson;
  }

  /** Returns false if somebody has the identity, or the sign-in has ended. */
  async create(
    session: IssuerSession,
    person: NewPerson,
    entries: readonly [registered: AuditEntry, opened: AuditEntry],
  ): Promise<boolean> {
    const { id, issuer, subject, displayName, role, roleDecidedAt, status } = person;
    const row = await this.database.queryOne(CREATE, [
      ...valuesOf(session),
      id,
      issuer,
      subject,
      session.identityKey,
      displayName,
      searchKeyOf(displayName, null),
      role,
      roleDecidedAt,
      status,
      ...entries.flatMap(auditValuesOf),
    ]);
    return row !== undefined;
  }

  /** Opens the session, or opens it again; returns false if the user or the sign-in has changed. */
  async open(
    session: IssuerSession,
    userId: string,
    name: string | undefined,
    entry: AuditEntry,
  ): Promise<boolean> {
    const row = await this.database.queryOne(OPEN, [
      ...valuesOf(session),
      userId,
      session.identityKey,
      name ?? null,
      name === undefined ? null : searchKeyOf(name, null),
      ...auditValuesOf(entry),
    ]);
    return row !== undefined;
  }

  /** @param role the role that the token decided, if the issuer's claims decide */
  async renew(session: IssuerSession, role: GlobalRole | undefined): Promise<void> {
    const { id, issuedAt, endsAt, origin } = session;
    const { device, address } = origin;
    await this.database.query(RENEW, [id, issuedAt, endsAt, device, address, role ?? null]);
  }

  async areMoreThan(userId: string, most: number): Promise<boolean> {
    return (await this.database.queryOne(IS_CROWDED, [userId, most])) !== undefined;
  }

  /** Lets the longest unused sessions run out until `most` remain; returns their ids. */
  async runOutOldest(transaction: Transaction, userId: string, most: number): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(transaction, RUN_OUT_OLDEST, [userId, most]);
    return rows.map(({ id }) => id);
  }

  @Every('60 s', 'purge sign-ins at issuers')
  purge(unusedSeconds = this.config.PERSONAL_DATA_TTL, endedDays = ENDS_KEPT_DAYS) {
    return inTurn(
      (): Promise<Progress> => this.database.purgeInBatches(PURGE_UNUSED, [unusedSeconds], AT_ONCE),
      (): Promise<Progress> => this.database.purgeInBatches(PURGE_ENDED, [endedDays], AT_ONCE),
    );
  }
}

function valuesOf({ id, signInKey, laterThan, issuedAt, endsAt, origin }: IssuerSession) {
  return [signInKey, laterThan, id, origin.device, origin.address, issuedAt, endsAt];
}
