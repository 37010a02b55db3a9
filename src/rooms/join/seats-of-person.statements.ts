import { isHeldSince } from '../../platform/access/held-seat.policy.js';
import { isGoodSession } from '../../platform/access/live-session.policy.js';

/** Maximum number of a person's seats in a room; `seats_slot_key` enforces it. */
const MOST = 4;

// Parts of the statements that take seats, after `clock` and `asked`. Seats whose sign-in has ended
// do not count as held, even before the sweep removes them: people who sign in again find their
// place and their name free.

/**
 * The seats of the same people by other sign-ins, and whether each is held. They are looked up by
 * person only: a plan by room costs the same for few people, but would still be used for thousands.
 */
export const OTHER_SEATS = `
  others as materialized (
    select a.ordinality, o.id, o.session_id, o.slot, o.joined_at,
           ${isHeldSince('o', 'clock.gone')} and good.id is not null as is_held
      from clock cross join asked a
     cross join lateral (
       select * from seats where user_id = a.person offset 0) o
      left join lateral (
        select x.id from sessions x join users u on u.id = x.user_id
         where x.id = o.session_id and ${isGoodSession('x', 'u', 'clock.at')}
        offset 0) good on true
     where o.room_id = a.room and o.session_id <> a.session
  )`;

// Seats that end for the new seat, and release their names.
const ENDING = `
  ending as materialized (
    select id from others where not is_held union all select id from giving_way
  )`;

/** For many seats: none is replaced. */
export const NONE_GIVES_WAY = `
  giving_way as (select id, session_id from others where false),
  ${ENDING}`;

/**
 * For a single seat: replaces the person's oldest seats beyond the maximum, and their oldest seat
 * in a full room, so that the room does not exceed its capacity.
 */
export const GIVING_WAY = `
  house as materialized (
    select is_full, is_full and exists (select from others where is_held) as gives_way
      from (
        select a.capacity is not null and a.capacity <= (
                 select count(*) from seats o
                  where o.room_id = a.room and ${isHeldSince('o', 'clock.gone')}
                    and o.id <> all (array(select id from others where not is_held))) as is_full
          from clock cross join asked a) counted
  ),
  giving_way as materialized (
    select id, session_id
      from (select *, row_number() over (order by joined_at, id) as age, count(*) over () as count
              from others where is_held) held
     where age <= greatest(count - ${MOST - 1}, (select gives_way::int from house))
  ),
  ${ENDING}`;

/**
 * After `decided`: the number of each seat, the lowest free one; null if the person has too many
 * seats. Seats of the same person in a statement do not see each other, and two statements that
 * choose the same number wait for each other.
 */
export const SLOTS = `
  staying as materialized (
    select * from others where is_held and id <> all (array(select id from giving_way))
  ),
  placed as materialized (
    select d.*, free.slot
      from (select *, row_number() over (partition by room, person order by ordinality) as turn
              from decided) d
      left join lateral (
        select n as slot from generate_series(1, ${MOST}) n
         where (select count(*) from staying s where s.ordinality = d.ordinality) + d.turn <= ${MOST}
           and not exists (
             select from staying s where s.ordinality = d.ordinality and s.slot = n)
         order by n offset d.turn - 1 limit 1) free on true
  )`;
