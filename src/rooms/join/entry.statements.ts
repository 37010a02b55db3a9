import { heldSince, isHeld, isHeldSince } from '../../platform/access/held-seat.policy.js';
import { decisiveStatement, reservedStatement } from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { exceedsCapacity } from '../room-role.js';
import { joiningBan } from '../settings/ban.policy.js';
import { earlyEntryOf, phaseOf } from '../settings/room.phase.js';

/** A join touches a seat that was last touched more than this many seconds ago. */
const FRESH_SECONDS = 15;

// The rules before the capacity: a refusal by any of them needs no count.
const CAPACITY_DECIDES = `
  ${phaseOf('r', 'clock.at')} = 'open' and b.user_id is null
  and (ask.only_room is null or ask.only_room = r.id)
  and case when m.user_id is null then r.access = 'users' and not ask.is_guest
           else not ${exceedsCapacity.sql('m.role')} end
  and (r.access_code_hash is null or m.invite_id is not null
       or coalesce(g.version = r.access_code_version, false))`;

const HELD = `select from seats o where o.room_id =`;

/** SQL of the entry of a row `ask` to the room `r`; `$4` is `PRESENCE_TTL` in seconds. */
export const ENTRY = `
  select r.id as "roomId", r.slug, r.name, r.version, r.access, r.capacity,
         r.opens_at as "opensAt", ${phaseOf('r', 'clock.at')} as phase,
         ${earlyEntryOf('r', 'clock.at')} as "earlyEntry",
         r.access_code_hash is not null as "hasAccessCode",
         r.access_code_hash as "accessCodeHash", r.access_code_version as "accessCodeVersion",
         coalesce(g.version = r.access_code_version, false) as "codeGiven",
         case when r.capacity is not null and s.id is null
                   and case ask.counting when 'always' then true
                         when 'if it decides' then ${CAPACITY_DECIDES} else false end
              then (select count(*)::int
                      from (${HELD} r.id and ${isHeldSince('o', 'clock.gone')} limit r.capacity) held)
         end as "heldSeats",
         case when r.capacity is not null and s.id is null
              then exists (select from (select room_id, seen_at from seats
                                         where user_id = ask.user_id offset 0) o
                            where o.room_id = r.id and ${isHeldSince('o', 'clock.gone')})
              else false end as "holdsOtherSeat",
         m.role as "memberRole", m.invite_id is not null as "isInvited",
         b.user_id is not null as "isBanned", b.until as "bannedUntil",
         s.id as "seatId", s.display_name as "seatName", s.role as "seatRole",
         s.generation as "seatGeneration",
         ${isHeld('s', String(FRESH_SECONDS), 'clock.at')} as "seatIsFresh",
         t.generation, coalesce(t.serve_until > clock.at, false) as "isLive", t.token,
         t.token_key_id as "tokenKeyId", t.fingerprint, t.serve_until as "serveUntil",
         t.expires_at as "expiresAt", coalesce(f.last_id, 0)::text as "lastEventId",
         clock.at as "serverTime"
    from (select at, ${heldSince('$4', 'at')} as gone
            from (select clock_timestamp() as at) now) clock cross join rooms r
    join room_tokens t on t.room_id = r.id
    left join room_feeds f on f.room_id = r.id
    left join members m on m.room_id = r.id and m.user_id = ask.user_id
    ${joiningBan('b', 'r.id', 'ask.user_id', 'clock.at')}
    left join access_code_grants g on g.room_id = r.id and g.user_id = ask.user_id
    -- The offset excludes the index by room, which would read the seats of everybody inside.
    left join (select * from seats where session_id = ask.session_id offset 0) s
      on s.room_id = r.id and ${isHeldSince('s', 'clock.gone')}
   where r.deleted_at is null`;

// Each row is looked up separately, behind an offset; as a set join, whole tables might be read.
const reading = (type: string, column: string) => `
  select ask.place::int, entry.*
    from unnest(${listParameter('$1', 'uuid')}, ${listParameter('$2', 'uuid')}, ${listParameter('$3', type)},
                ${listParameter('$5', 'text')}, ${listParameter('$6', 'uuid')},
                ${listParameter('$7', 'boolean')}) with ordinality
         ask (user_id, session_id, room, counting, only_room, is_guest, place)
   cross join lateral (${ENTRY} and ${column} = ask.room offset 0) entry`;

export const READ_BY_ID = decisiveStatement('join.read-by-id', reading('uuid', 'r.id'));
export const READ_BY_SLUG = decisiveStatement('join.read-by-slug', reading('text', 'r.slug'));

export const COUNT_HELD = reservedStatement(
  'join.count-held',
  `select count(*)::int as count
     from (${HELD} $1 and ${isHeld('o', '$2', 'clock_timestamp()')} limit $3) held`,
);
