import { isAboveBans } from '../../platform/access/global-role.js';
import { heldSince, isHeldSince } from '../../platform/access/held-seat.policy.js';
import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { roleInSession } from '../../platform/access/session-rights.policy.js';
import { reservedStatement, statement } from '../../platform/database/database.js';
import { lockTimeoutOf } from '../../platform/database/batch-writer.js';
import { isBanned } from '../settings/ban.policy.js';
import { phaseOf } from '../settings/room.phase.js';
import {
  type Admission,
  BY_GRANT,
  enteringOf,
  GRANT,
  IS_ENTERED,
  WHOLE,
} from './granting.statements.js';
import { REDEEMING } from './redeeming.statements.js';
import { GIVING_WAY, NONE_GIVES_WAY, OTHER_SEATS, SLOTS } from './seats-of-person.statements.js';

/** A seat to write: the decision, and the facts that it depends on. */
export interface SeatAsk {
  readonly seat: string;
  readonly room: string;
  readonly person: string;
  readonly session: string;
  readonly version: number;
  readonly phase: string;
  readonly membership: string | null;
  readonly globalRole: string;
  readonly role: string;
  readonly generation: number | null;
  /** Whether a holder entry is written. */
  readonly issued: boolean;
  /** Names in order, with their keys; the last is always free. Empty to keep the seat's name. */
  readonly names: readonly string[];
  readonly keys: readonly string[];
  /** Maximum number of seats, including this one; null for any number. */
  readonly capacity: number | null;
  /** The invite that makes the person a member; null for none. */
  readonly invite: string | null;
}

// Checks all facts of the policy again, because nothing was locked since they were read. Each row
// is looked up separately, behind an offset; as a set join, whole tables might be read.
const ASKED = `
  clock as materialized (
    select at, ${heldSince('$2', 'at')} as gone
      from (select clock_timestamp() as at, ${lockTimeoutOf('$3')}) now
  ),
  asked as materialized (
    -- Requests for the same name in a statement do not see each other, so each of them takes a later
    -- name of its list.
    select asked.*, row_number() over (
             partition by asked.room, asked.keys[1] order by asked.ordinality) - 1 as namesakes
      from rows from (json_to_recordset($1) as (
      seat uuid, room uuid, person uuid, session uuid, version int, phase text, membership text,
      "globalRole" text, role text, generation int, issued boolean, names text[], keys text[],
      capacity int, invite uuid)) with ordinality asked
  )`;

const ROLE = roleInSession('x', 'u');

/** Admits people who have a session already. */
const BY_SESSION: Admission = {
  joins: `
          join sessions x on x.id = asked.session
          join users u on u.id = x.user_id and u.id = asked.person`,
  conditions: `${isLiveSession('x', 'u', 'clock.at')} and ${ROLE} = asked."globalRole"
           and (${isAboveBans.sql(ROLE)} or not ${isBanned('r.id', 'u.id', 'clock.at')})`,
};

/** @param isFree SQL for whether a row `held` of `seats` with the name is being released */
const decidedOf = (isFree = 'false', { joins, conditions }: Admission = BY_SESSION) => `
  decided as materialized (
    select asked.*, admitted.id is not null as admitted,
           coalesce(free.name, asked.names[cardinality(asked.names)]) as name,
           coalesce(free.key, asked.keys[cardinality(asked.keys)]) as key
      from clock cross join asked
      left join lateral (
        select r.id
          from rooms r
          join room_tokens t on t.room_id = r.id${joins}
          left join members m on m.room_id = r.id and m.user_id = asked.person
         where r.id = asked.room and r.deleted_at is null and r.version = asked.version
           and ${phaseOf('r', 'clock.at')} = asked.phase
           and m.role is not distinct from asked.membership
           and ${conditions}
           and (asked.generation is null
                or (t.generation = asked.generation and t.serve_until > clock.at))
        offset 0) admitted on true
      left join lateral (
        -- In the order of the list, up to the first free name: a sort would look up all names.
        select n.name, n.key
          from unnest(asked.names, asked.keys) n (name, key)
         where not exists (
                 select from (select id, seen_at from seats
                               where room_id = asked.room and name_key = n.key offset 0) held
                  where ${isHeldSince('held', 'clock.gone')} and not ${isFree})
        offset asked.namesakes limit 1) free on true
  )`;

const HOLDER = `
  issued as (
    insert into holders (room_id, generation, seat_id, user_id, display_name)
    select d.room, d.generation, s.id, d.person, s.display_name
      from decided d join seat s on s.id = d.seat
     where d.issued and d.generation is not null
    on conflict do nothing
  )`;

const resultOf = (more = '', decided = 'decided', entered = '') => `
  select d.ordinality::int as place, d.admitted ${entered} as "isAdmitted", s.display_name as "displayName",
         ${more}
         clock_timestamp() as "serverTime",
         coalesce((select last_id from room_feeds where room_id = d.room), 0)::text as "lastEventId"
    from ${decided} d left join seat s on s.id = d.seat`;

// Expired seats keep their row until the sweep: the own expired seat, or one with the wanted name,
// is deleted now. Every offset keeps a look-up by key: a plan made for few people would otherwise
// read all seats of the room, and would still be used for thousands.
const OWN_SEATS = `
  select own.id
    from asked a
   cross join lateral (select id, room_id from seats where session_id = a.session offset 0) own
   where own.room_id = a.room`;
const SEATS_OF_NAMES = `
  select o.id
    from decided d
   cross join lateral (
     select id from seats where room_id = d.room and name_key = d.key offset 0) o
   where o.id <> d.seat`;

const goneOf = (seats: string, over = 'null::uuid') => `
  gone as (
    delete from seats
     where id = any (array(${seats}))
       and (not ${isHeldSince('seats', '(select gone from clock)')} or id = any (array(select ${over})))
    returning id
  )`;

interface Taking {
  /** Whether it takes only one seat, and may therefore end another seat of the person. */
  readonly isAlone: boolean;
  readonly redeeming?: string;
  /** Whether a backend asked for the seat, so that person and session may have to be created. */
  readonly isGranted?: boolean;
}

/** SQL for whether a row `d` of `placed` gets its seat. */
const isSeated = (isAlone: boolean) =>
  `d.admitted and d.name is not null and d.slot is not null${
    isAlone ? ' and (select not is_full or gives_way from house)' : ''
  }`;

// In the order of the names, for which crowds compete, so that two statements never wait for each
// other in both directions. Requests of the same session may deadlock, and are retried.
const takeSeats = ({ isAlone, redeeming = '', isGranted = false }: Taking) => `with ${ASKED},
  ${isGranted ? GRANT : ''}
  ${OTHER_SEATS},
  ${isAlone ? GIVING_WAY : NONE_GIVES_WAY},
  ${decidedOf('exists (select from ending where ending.id = held.id)', isGranted ? BY_GRANT : undefined)},
  ${SLOTS},
  ${goneOf(`${OWN_SEATS} union all ${SEATS_OF_NAMES} union all select id from ending`, 'id from ending')},
  ${redeeming}
  ${isGranted ? enteringOf('placed', isSeated(isAlone)) : ''}
  seat as (
    insert into seats
      (id, room_id, session_id, user_id, role, display_name, name_key, generation, slot)
    select d.seat, d.room, d.session, d.person, d.role, d.name, d.key, d.generation, d.slot
      from placed d, (select count(*) from gone) swept${redeeming && ', joined'}${isGranted ? ', entered' : ''}
     where ${isSeated(isAlone)}
     order by d.room, d.key
    on conflict do nothing
    returning id, display_name
  ),
  ${HOLDER}
  ${resultOf(
    `d.slot is null as "isCrowded",
         ${isGranted ? WHOLE : ''}
         array(select w.session_id from giving_way w join gone on gone.id = w.id) as replaced,`,
    'placed',
    isGranted ? IS_ENTERED : '',
  )}`;
export const TAKE_SEATS = reservedStatement('join.take-seats', takeSeats({ isAlone: false }));
/** Takes a single seat, for which the person's oldest seat may be replaced. */
export const TAKE_SEAT = statement('join.take-seat', takeSeats({ isAlone: true }));
export const TAKE_SEAT_AND_REDEEM = statement(
  'join.take-seat-and-redeem',
  takeSeats({ isAlone: true, redeeming: REDEEMING }),
);
export const TAKE_GRANTED_SEAT = reservedStatement(
  'join.take-granted-seat',
  takeSeats({ isAlone: false, isGranted: true }),
);
/** As `TAKE_SEAT`, for a grant. */
export const TAKE_GRANTED_SEAT_IN_TURN = statement(
  'join.take-granted-seat-in-turn',
  takeSeats({ isAlone: true, isGranted: true }),
);

/** Grants to people whose session and seat exist are updates too. */
interface Updating {
  readonly redeeming?: string;
  readonly isGranted?: boolean;
}

const updateSeats = ({ redeeming = '', isGranted = false }: Updating = {}) => `with ${ASKED},
  ${isGranted ? GRANT : ''}
  ${decidedOf('false', isGranted ? BY_GRANT : undefined)},
  ${goneOf(SEATS_OF_NAMES)},${redeeming}
  ${isGranted ? enteringOf('decided', 'd.admitted') : ''}
  seat as (
    update seats s
       set seen_at = clock_timestamp(), role = d.role, generation = coalesce(d.generation, s.generation),
           display_name = coalesce(d.name, s.display_name), name_key = coalesce(d.key, s.name_key)
      from decided d, (select count(*) from gone) swept${redeeming && ', joined'}${isGranted ? ', entered' : ''}
     -- The list makes Postgres read by key; the join alone might read all seats.
     where s.id = any (array(select seat from asked order by seat))
       and s.id = d.seat and s.room_id = d.room and d.admitted
       and ${isHeldSince('s', '(select gone from clock)')}
    returning s.id, s.display_name
  ),
  ${HOLDER}
  ${resultOf(isGranted ? WHOLE : '', 'decided', isGranted ? IS_ENTERED : '')}`;
/** Names must be empty, because two updates of a seat in a batch are written once. */
export const UPDATE_SEATS = reservedStatement('join.update-seats', updateSeats());
export const UPDATE_SEAT_AND_REDEEM = statement(
  'join.update-seat-and-redeem',
  updateSeats({ redeeming: REDEEMING }),
);
export const UPDATE_GRANTED_SEAT = reservedStatement(
  'join.update-granted-seat',
  updateSeats({ isGranted: true }),
);
