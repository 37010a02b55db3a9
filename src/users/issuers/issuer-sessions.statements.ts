import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { auditingOf } from '../../platform/audit/audit.service.js';
import { statement } from '../../platform/database/database.js';
import { insertingExternal } from '../accounts/external-users.service.js';

/** Days that the end of a sign-in is kept: no browser keeps a cookie for longer. */
export const ENDS_KEPT_DAYS = 400;

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

export const FIND = statement(
  'issuers.find-person',
  `select clock_timestamp() as now, u.id, u.status, u.role, u.deleted_at is not null as "isDeleted",
          u.erased_at is not null as "isErased", u.stays_disabled as "staysDisabled",
          i.ended_at as "endedAt"
     from (select 1) once
     left join users u on u.identity_key = $1
     left join issuer_sign_ins i on i.key = $2`,
);

// The first sight of a person, in one statement. Of concurrent requests, one creates the user.
export const CREATE = statement(
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
export const OPEN = statement(
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

// One write for each new token, and none for a request. The user is locked first, as by operations
// that end sessions.
export const RENEW = statement(
  'issuers.renew-session',
  `with person as materialized (
     select id from users where id = $6 and identity_key = $7 for no key update),
   decided as (
     update users u set role_decided_at = $2 from person
      where u.id = person.id and u.role = $8
        and (u.role_decided_at is null or u.role_decided_at < $2))
   update sessions s
      set token_issued_at = greatest(s.token_issued_at, $2),
          expires_at = greatest(s.expires_at, $3),
          idle_expires_at = greatest(s.idle_expires_at, $3),
          last_used_at = clock_timestamp(), device = $4, address = $5
     from person
    where s.id = $1 and s.user_id = person.id and s.kind = 'issuer' and s.revoked_at is null`,
);

const liveOfUser = `from sessions s join users u on u.id = s.user_id
       where s.user_id = $1 and s.kind = 'issuer' and ${isLiveSession('s', 'u', 'clock_timestamp()')}`;

// Sessions that ran out stay for a while, but a person can open any number.
export const CROWD = statement(
  'issuers.crowd',
  `select exists (select s.id ${liveOfUser} offset $2) as "isLarge",
          exists (select from sessions where user_id = $1 and kind = 'issuer' offset $3) as "isLong"`,
);

export const FORGET_OLDEST = statement(
  'issuers.forget-oldest',
  `delete from sessions where id = any (array(
     select id from sessions where user_id = $1 and kind = 'issuer'
      order by last_used_at desc, id desc offset $2 limit 1000))
   returning id`,
);

export const RUN_OUT_OLDEST = statement(
  'issuers.run-out-oldest',
  `update sessions set expires_at = clock_timestamp(), idle_expires_at = clock_timestamp()
    where id = any (array(
      select s.id ${liveOfUser}
       order by s.last_used_at desc, s.id desc offset $2))
   returning id`,
);

const purgingOf = (name: string, condition: string, column: string) =>
  statement(
    `issuer-sign-ins.${name}.purge`,
    `delete from issuer_sign_ins where ctid = any (array(
       select ctid from issuer_sign_ins
        where ${condition} order by ${column} limit $2 for update skip locked))
     returning 1`,
  );
export const PURGE_UNUSED = purgingOf(
  'unused',
  'ended_at is null and used_at < (select clock_timestamp() - make_interval(secs => $1))',
  'used_at',
);
export const PURGE_ENDED = purgingOf(
  'ended',
  `used_at < (select clock_timestamp() - make_interval(days => $1))
     and ended_at < (select clock_timestamp() - make_interval(days => $1))`,
  'ended_at',
);
