import { statement } from '../database/database.js';
import { phaseOf } from '../rooms/room.phase.js';
import { redeeming } from './redeeming.js';

// Everything that the policy looked at, once more: nothing was locked since it was read.
const STILL_ADMITTED = `
  admitted as (
    select r.id
      from (select clock_timestamp() as at) clock cross join rooms r
      join room_tokens t on t.room_id = r.id
      join sessions x on x.id = $3
      join users u on u.id = x.user_id and u.id = $2
      left join members m on m.room_id = r.id and m.user_id = u.id
     where r.id = $1 and r.deleted_at is null and r.version = $4
       and ${phaseOf('r', 'clock.at')} = $5 and m.role is not distinct from $6
       and x.revoked_at is null and x.created_at >= u.sessions_valid_from
       and x.expires_at > clock.at and x.idle_expires_at > clock.at
       and u.status = 'active' and u.role = $7
       and (u.role = 'admin' or not exists (
             select from bans b where b.room_id = r.id and b.user_id = u.id
                and (b.until is null or b.until > clock.at)))
       and ($8::int is null or (t.generation = $8 and t.serve_until > clock.at))
  ),
  free_name as (
    select n.name, n.key from unnest($9::text[], $10::text[]) with ordinality n (name, key, place)
     where not exists (select from seats o where o.room_id = $1 and o.name_key = n.key
                          and o.seen_at > clock_timestamp() - make_interval(secs => $11))
     order by n.place limit 1
  )`;

const HOLDER = `
  handed as (
    insert into holders (room_id, generation, seat_id, user_id, display_name)
    select $1, $8, s.id, $2, s.display_name from seat s where $14 and $8::int is not null
    on conflict do nothing
  )`;

const RESULT = `
  select exists (select from admitted) as "isAdmitted",
         (select display_name from seat) as "displayName", clock_timestamp() as "serverTime",
         coalesce((select last_id from room_feeds where room_id = $1), 0)::text as "lastEventId"`;

// Seats that ran out keep their row until they are swept: this one's, or one of the name, goes now.
// Every offset keeps a look-up by key what it is: any other form may be planned, while few are
// inside, as a reading of all who are, and stays so when thousands are.
const OWN_SEAT = `
  select id from (select id, room_id from seats where session_id = $3 offset 0) own
   where room_id = $1`;
const SEATS_OF_NAMES = `
  select o.id
    from unnest($10::text[]) n (key)
   cross join lateral (
     select id from seats where room_id = $1 and name_key = n.key offset 0) o`;

const takeSeat = (redeem = '', redeemed = '') => `with ${STILL_ADMITTED},
  gone as (
    delete from seats
     where id = any (array(${OWN_SEAT} union all ${SEATS_OF_NAMES}))
       and seen_at <= clock_timestamp() - make_interval(secs => $11)
    returning id
  ),${redeem}
  seat as (
    insert into seats (id, room_id, session_id, user_id, role, display_name, name_key, generation)
    select $12, a.id, $3, $2, $13, n.name, n.key, $8
      from admitted a, free_name n, (select count(*) from gone) swept${redeemed}
     where $15::int is null
        or (select count(*) from seats o where o.room_id = $1
               and o.seen_at > clock_timestamp() - make_interval(secs => $11)) < $15
    on conflict do nothing
    returning id, display_name
  ),
  ${HOLDER}
  ${RESULT}`;
export const TAKE_SEAT = statement('join.take-seat', takeSeat());
export const TAKE_SEAT_AND_REDEEM = statement(
  'join.take-seat-and-redeem',
  takeSeat(redeeming('$16'), ', joined'),
);

const updateSeat = (redeem = '', redeemed = '') => `with ${STILL_ADMITTED},
  gone as (
    delete from seats
     where id = any (array(${SEATS_OF_NAMES})) and id <> $12
       and seen_at <= clock_timestamp() - make_interval(secs => $11)
    returning id
  ),${redeem}
  seat as (
    update seats s
       set seen_at = clock_timestamp(), role = $13, generation = coalesce($8, s.generation),
           display_name = coalesce((select name from free_name), s.display_name),
           name_key = coalesce((select key from free_name), s.name_key)
      from admitted a, (select count(*) from gone) swept${redeemed}
     where s.id = $12 and s.room_id = a.id
       and s.seen_at > clock_timestamp() - make_interval(secs => $11)
    returning s.id, s.display_name
  ),
  ${HOLDER}
  ${RESULT}`;
export const UPDATE_SEAT = statement('join.update-seat', updateSeat());
export const UPDATE_SEAT_AND_REDEEM = statement(
  'join.update-seat-and-redeem',
  updateSeat(redeeming('$15'), ', joined'),
);
