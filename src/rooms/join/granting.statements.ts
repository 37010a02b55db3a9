import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { isGoodSession, isLiveSession } from '../../platform/access/live-session.policy.js';
import {
  type AuditEntry,
  auditingNewOf,
  auditValuesOf,
} from '../../platform/audit/audit.service.js';
import { insertingExternal } from '../../users/accounts/external-users.service.js';
import { isBanned } from '../settings/ban.policy.js';

/** Live sessions of a person for a room; a further session ends the oldest. */
const MOST_LIVE = 20;
/** Sessions of a person, including ended ones, because a backend may name any number of devices. */
const MOST_KEPT = 200;

// Parts of the statements that seat a person for a backend. Person, session, membership and seat are
// written together, so that a refused grant leaves nothing behind.

/** SQL after `rooms r` of the rows that decide about a person `asked`, and its conditions. */
export interface Admission {
  readonly joins: string;
  readonly conditions: string;
}

/** Of a grant, besides the seat that it asks for. */
export interface Grant {
  readonly isNewPerson: boolean;
  readonly isNewSession: boolean;
  readonly userVersion: string | null;
  readonly issuer: string;
  readonly externalId: string;
  /** In hexadecimal digits. */
  readonly identityKey: string;
  readonly displayName: string;
  readonly searchKey: string;
  /** Whether the backend, and not an identity provider, decides about the name of the user. */
  readonly isNamed: boolean;
  readonly device: string;
  readonly address: string;
  readonly endsAt: Date;
  /** The role of the membership; null for none. */
  readonly membership: string | null;
  /** The version of the access code that was given; null for none. */
  readonly codeVersion: number | null;
}

/** What a grant writes together with the seat. */
export interface GrantedEntry {
  readonly grant: Grant;
  /** The role of the person before the grant. */
  readonly memberRole: string | null;
  /** Whether anything but the seat must be written. */
  readonly isDue: boolean;
  readonly entries: readonly [person: AuditEntry, session: AuditEntry, member: AuditEntry];
}

/** The values of a grant's statement after the three of every seat. */
export function valuesOfGrant({ grant, entries }: GrantedEntry): unknown[] {
  return [JSON.stringify(grant), ...entries.flatMap(auditValuesOf)];
}

// A new session needs the lock of its user, like operations that end sessions of a user. The
// statement does not see a ban that was committed while it waited for the lock; the version of the
// user shows it.
export const GRANT = `
  "grant" as materialized (
    select * from json_to_record($4) as (
      "isNewPerson" boolean, "isNewSession" boolean, "userVersion" text, issuer text,
      "externalId" text, "identityKey" text, "displayName" text, "searchKey" text, "isNamed" boolean, device text,
      address text, "endsAt" timestamptz, membership text, "codeVersion" int)
  ),
  present as materialized (
    select u.id, u.sessions_valid_from
      from clock, asked, "grant" g
      join users u on u.identity_key = decode(g."identityKey", 'hex')
     where g."isNewSession" and not g."isNewPerson" and u.id = asked.person
       and u.xmin::text = g."userVersion" and u.deleted_at is null and u.status = 'active' and u.role = '${ORDINARY_GLOBAL_ROLE}'
       for no key update of u
  ),`;

/** Admits people whose session may not exist yet; `entered` decides about an existing session. */
export const BY_GRANT: Admission = {
  joins: ' cross join "grant" g',
  conditions: `(g."isNewPerson" or not g."isNewSession" or exists (select from present))
           and not ${isBanned('r.id', 'asked.person', 'clock.at')}`,
};

/** @param source CTE of the decided seats @param condition SQL for whether a row `d` gets its seat */
export const enteringOf = (source: string, condition: string) => `
  granted as materialized (
    select d.room, d.person, d.session, g.* from ${source} d cross join "grant" g where ${condition}
  ),
  person as (
    ${insertingExternal(`
      select person, 'external', issuer, "externalId", decode("identityKey", 'hex'), "displayName",
             "searchKey", '${ORDINARY_GLOBAL_ROLE}', null::timestamptz, 'active', null::timestamptz
        from granted where "isNewPerson"`)}
    returning u.id
  ),
  ran_out as (
    update sessions s set revoked_at = clock_timestamp()
      from granted g, present u, clock
     where g."isNewSession" and s.user_id = u.id and s.room_id = g.room and s.device = g.device
       and s.kind = '${OF_PARTICIPANT}' and s.revoked_at is null
       and not (${isGoodSession('s', 'u', 'clock.at')})
    returning s.id
  ),
  opened as (
    insert into sessions (id, user_id, kind, room_id, device, address, idle_expires_at, expires_at)
    select g.session, g.person, '${OF_PARTICIPANT}', g.room, g.device, g.address, g."endsAt", g."endsAt"
      from granted g, (select count(*) from ran_out) former
     where g."isNewSession" and (not g."isNewPerson" or exists (select from person))
    on conflict do nothing
    returning id, user_id
  ),
  extended as (
    update sessions x
       set expires_at = greatest(x.expires_at, g."endsAt"), last_used_at = clock_timestamp(),
           idle_expires_at = greatest(x.idle_expires_at, g."endsAt")
      from granted g, users u, clock
     where not g."isNewSession" and x.id = g.session and u.id = x.user_id and u.id = g.person
       and u.role = '${ORDINARY_GLOBAL_ROLE}' and ${isLiveSession('x', 'u', 'clock.at')}
    returning x.id
  ),
  -- Neither sees the session that is being opened.
  excess as (
    update sessions set revoked_at = clock_timestamp()
     where id = any (array(
       select s.id from granted g, opened, present u, clock, sessions s
        where s.user_id = u.id and s.room_id = g.room and s.kind = '${OF_PARTICIPANT}'
          and s.id <> opened.id and ${isGoodSession('s', 'u', 'clock.at')}
        order by s.last_used_at desc, s.id desc offset ${MOST_LIVE - 1}))
  ),
  forgotten as (
    delete from sessions where id = any (array(
       select s.id from opened, present u, clock, sessions s
        where s.user_id = u.id and s.kind = '${OF_PARTICIPANT}'
          and not (${isGoodSession('s', 'u', 'clock.at')})
        order by s.last_used_at desc, s.id desc offset ${MOST_KEPT}))
      and id <> all (array(select id from ran_out))
  ),
  entered as (select id from opened union all select id from extended),
  named as (
    update users u set display_name = g."displayName", search_key = g."searchKey"
      from granted g, opened
     where u.id = g.person and not g."isNewPerson" and g."isNamed"
       and u.display_name <> g."displayName"
  ),
  member as (
    insert into members as m (room_id, user_id, role)
    select g.room, g.person, g.membership from granted g, entered where g.membership is not null
    on conflict (room_id, user_id) do update set role = excluded.role where m.role <> excluded.role
    returning user_id
  ),
  coded as (
    insert into access_code_grants (room_id, user_id, version)
    select g.room, g.person, g."codeVersion" from granted g, entered
     where g."codeVersion" is not null
    on conflict (room_id, user_id) do update set version = excluded.version
  ),
  ${auditingNewOf('person', 5, 'person_entry')},
  ${auditingNewOf('opened', 13, 'session_entry')},
  ${auditingNewOf('member', 21, 'member_entry')},`;

export const IS_ENTERED = 'and exists (select from entered)';

// A division by zero rolls the statement back if somebody took the seat or its name meanwhile.
export const WHOLE = `
  case when exists (select from entered) then 1 / (select count(*)::int from seat) end as "isWhole",`;
