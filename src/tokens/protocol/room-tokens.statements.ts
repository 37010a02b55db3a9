import { isHeld } from '../../platform/access/held-seat.policy.js';
import {
  decisiveStatement,
  reservedStatement,
  statement,
} from '../../platform/database/database.js';
import { auditingOf } from '../../platform/audit/audit.service.js';
import type { KeptType } from '../../platform/room-events/room-events.schema.js';
import { recordingOf } from '../../platform/room-events/room-events.service.js';
import { pauseEndOf } from './rekey-pause.policy.js';

const LEASE_SECONDS = 6;

export const READ = decisiveStatement(
  'tokens.read',
  `select t.room_id as "roomId", t.generation, t.token, t.token_key_id as "keyId", t.fingerprint,
          t.serve_until as "serveUntil", t.expires_at as "expiresAt",
          coalesce(t.serve_until > clock.at, false) as live,
          coalesce(t.lease_until > clock.at, false) as leased,
          greatest(0, coalesce(extract(epoch from t.retry_at - clock.at), 0))::float8
            as "coolingSeconds",
          greatest(0, coalesce(extract(epoch from ${pauseEndOf('t', '$2')} - clock.at), 0))::float8
            as "pausedSeconds"
     from (select clock_timestamp() as at) clock cross join room_tokens t
     join rooms r on r.id = t.room_id and r.deleted_at is null
    where t.room_id = any($1::uuid[])`,
);

// The conditions read the clock after the row is locked: an update that waited for another update
// sees the changed row, and must see a later time than that update.
export const ACQUIRE = reservedStatement(
  'tokens.acquire',
  `update room_tokens
      set fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where room_id = $1
      and (serve_until is null or serve_until <= clock_timestamp())
      and (retry_at is null or retry_at <= clock_timestamp())
      and (lease_until is null or lease_until <= clock_timestamp())
      and exists (select from rooms where id = $1 and deleted_at is null)
   returning fence::text as fence, generation`,
);

// Ignores whether the room is live. Checks the deleted room by its missing token, because an update
// that waited for the row rechecks only the row.
export const ACQUIRE_FOR_REKEY = statement(
  'tokens.acquire-for-rekey',
  `update room_tokens
      set fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where room_id = $1 and generation = $2 and token is not null
      and (rekeyed_at is null or ${pauseEndOf('room_tokens', '$3')} <= clock_timestamp())
      and (retry_at is null or retry_at <= clock_timestamp())
      and (lease_until is null or lease_until <= clock_timestamp())
      and exists (select from rooms where id = $1 and deleted_at is null)
   returning fence::text as fence, generation`,
);

const publishing = (reason: string, also = '') =>
  `with published as (
     update room_tokens
        set generation = generation + 1, token = $3, token_key_id = $4, fingerprint = $5,
            serve_until = clock_timestamp() + make_interval(secs => $6),
            expires_at = clock_timestamp() + make_interval(secs => $7),
            fence = fence + 1, lease_until = null, retry_at = null, failures = 0${also}
      where room_id = $1 and fence = $2
     returning room_id, generation, fingerprint, serve_until
   ), history as (
     insert into room_generations (room_id, generation, fingerprint, serve_until, reason)
     select room_id, generation, fingerprint, serve_until, ${reason} from published
     returning room_id, generation, reason
   ), moved as (
     select room_id, '${'token.moved' satisfies KeptType}' as type, null::uuid as user_id, null::uuid as session_id,
            jsonb_build_object('generation', generation, 'reason', reason) as data
       from history
   ), ${recordingOf('moved')}`;

export const PUBLISH = reservedStatement(
  'tokens.publish',
  `${publishing(`case when exists (select from room_generations g where g.room_id = published.room_id)
                 then 'expired' else 'first' end`)}
   select generation from published`,
);

export const PUBLISH_REKEY = statement(
  'tokens.publish-rekey',
  `${publishing(`'rekey'`, ', rekeyed_at = clock_timestamp()')}, ${auditingOf('history', 8)} select generation from published`,
);

export const STORED = decisiveStatement(
  'tokens.stored',
  `select fence::text as fence, generation, fingerprint from room_tokens where room_id = $1`,
);

// Waits half to all of a delay that doubles from 250 ms to 10 s, or as CAS asked, up to 30 s.
export const FAIL = reservedStatement(
  'tokens.fail',
  `update room_tokens
      set fence = fence + 1, lease_until = null, failures = failures + 1,
          retry_at = clock_timestamp() + make_interval(secs => greatest(
            least(10, 0.25 * 2 ^ least(failures, 10)) * (0.5 + random() / 2),
            least(30, $3::float8)))
    where room_id = $1 and fence = $2`,
);

export const RELEASE = reservedStatement(
  'tokens.release',
  `update room_tokens set fence = fence + 1, lease_until = null where room_id = $1 and fence = $2`,
);

// Runs very often, so its cost must not grow with empty rooms: the clock is in subqueries, so that
// the indexes are used. Rooms whose token ended longer ago mint when their people join again.
export const DUE = statement(
  'tokens.due',
  `select t.room_id as "roomId"
     from room_tokens t
     join rooms r on r.id = t.room_id and r.deleted_at is null and r.status <> 'closed'
      and (r.closes_at is null or r.closes_at > clock_timestamp())
    where t.serve_until <= (select clock_timestamp())
      and t.serve_until > (select clock_timestamp() - interval '10 minutes')
      and (t.lease_until is null or t.lease_until <= clock_timestamp())
      and (t.retry_at is null or t.retry_at <= clock_timestamp())
      -- Not as an exists, because that reads all seats per room when most of them are in one room.
      and 1 = (select 1 from seats s where s.room_id = t.room_id
                  and ${isHeld('s', '$1', 'clock_timestamp()')}
                order by s.name_key limit 1)
    order by t.serve_until
    limit 16`,
);

export const COUNT_LIVE = statement(
  'tokens.count-live',
  'select count(*)::int as count from room_tokens where serve_until > clock_timestamp()',
);
