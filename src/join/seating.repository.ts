import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Caller } from '../access/principal.js';
import type { RoomRole } from '../admission/entry.policy.js';
import { InviteEntryService } from '../admission/invite-entry.service.js';
import { Config } from '../config/config.js';
import { Database, rowsOf, type Statement, statement } from '../database/database.js';
import { violates } from '../database/database-errors.js';
import { nameKeyOf } from '../presence/participant-name.js';
import { phaseOf } from '../rooms/room.phase.js';
import type { Entry } from './entry.repository.js';
import { NotSeated, redeeming } from './redeeming.js';

/** What is written down when somebody is seated, or handed another generation. */
export interface Seating {
  readonly entry: Entry;
  readonly person: Caller;
  readonly seatId: string;
  readonly role: RoomRole;
  /** The names to try, the first that is free wins; empty for the name that the seat has. */
  readonly names: readonly string[];
  /** The generation that is handed out; null while the room has no live token. */
  readonly generation: number | null;
  /** Whether the seat did not have this generation yet, so that a holder entry is due. */
  readonly isNewGeneration: boolean;
  /** Whether the capacity counts for this person. */
  readonly minds: boolean;
}

/** `stale`: what the decision was built on has changed; `taken`: a name or the seat was, just now. */
export type Seated = Written | 'stale' | 'taken';

interface Written extends Pick<Entry, 'serverTime' | 'lastEventId'> {
  readonly displayName: string;
}

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
// Two look-ups, and the room's index is of no use to the first: it would read everybody's inside.
const takeSeat = (redeem = '', redeemed = '') => `with ${STILL_ADMITTED},
  gone as (
    delete from seats
     where id in (select id from (select id, room_id from seats where session_id = $3 offset 0) own
                   where room_id = $1
                  union all
                  select id from seats where room_id = $1 and name_key = any ($10::text[]))
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
const TAKE_SEAT = statement('join.take-seat', takeSeat());
const TAKE_SEAT_AND_REDEEM = statement(
  'join.take-seat-and-redeem',
  takeSeat(redeeming('$16'), ', joined'),
);

const updateSeat = (redeem = '', redeemed = '') => `with ${STILL_ADMITTED},
  gone as (
    delete from seats
     where room_id = $1 and id <> $12 and name_key = any ($10::text[])
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
const UPDATE_SEAT = statement('join.update-seat', updateSeat());
const UPDATE_SEAT_AND_REDEEM = statement(
  'join.update-seat-and-redeem',
  updateSeat(redeeming('$15'), ', joined'),
);

const LOCK_ROOM = statement(
  'join.lock-room',
  'select 1 from rooms where id = $1 for no key update',
);

/** Transactions of a replica that hold or wait for the lock of a room. */
const LOCKS_AT_ONCE = 3;

// Somebody or something of the decision was deleted while it was written down.
const GONE = [
  'seats_room_id',
  'seats_session_id',
  'seats_user_id',
  'holders_room_id',
  'holders_user_id',
  'members_room_id',
  'members_user_id',
  'members_invite_id',
];

interface ResultRow extends Omit<Written, 'displayName'> {
  readonly isAdmitted: boolean;
  readonly displayName: string | null;
}

/** Seat, name and holder entry, written by one statement that holds only if all is as it was read. */
@Injectable()
export class SeatingRepository {
  private readonly lockPlaces = pLimit(LOCKS_AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly invites: InviteEntryService,
    private readonly config: Config,
  ) {}

  /** Gives a seat to somebody who has none. */
  take(seating: Seating): Promise<Seated> {
    const { capacity, redeems } = seating.entry;
    const limit = seating.minds ? capacity : null;
    const values = [...this.valuesOf(seating), limit];
    if (limit === null && redeems === null) return this.write(TAKE_SEAT, values);
    return redeems === null
      ? this.writeInTurn(seating, TAKE_SEAT, values, limit)
      : this.writeInTurn(seating, TAKE_SEAT_AND_REDEEM, [...values, redeems], limit);
  }

  /** Touches a held seat, and gives it another generation or name. */
  update(seating: Seating): Promise<Seated> {
    const { redeems } = seating.entry;
    const values = this.valuesOf(seating);
    return redeems === null
      ? this.write(UPDATE_SEAT, values)
      : this.writeInTurn(seating, UPDATE_SEAT_AND_REDEEM, [...values, redeems], null);
  }

  private write(query: Statement, values: unknown[]): Promise<Seated> {
    return outcomeOf(async () => seatedOf(await this.database.queryOne<ResultRow>(query, values)));
  }

  /**
   * Where others wait: seats can only be counted exactly while nobody else takes one, and an invite
   * while nobody else uses it. Few wait at once, or they would hold every connection of the replica.
   */
  private writeInTurn(
    { entry: { roomId, redeems }, person }: Seating,
    query: Statement,
    values: unknown[],
    limit: number | null,
  ): Promise<Seated> {
    const work = () =>
      this.database.transaction(async (transaction) => {
        if (limit !== null) await rowsOf(transaction, LOCK_ROOM, [roomId]);
        // Before the statement, since the invite is locked from there on.
        if (redeems !== null)
          await this.invites.record(transaction, { inviteId: redeems, roomId, actor: person });
        const [row] = await rowsOf<ResultRow>(transaction, query, values);
        const seated = seatedOf(row);
        if (typeof seated === 'string') throw new NotSeated(seated);
        return seated;
      });
    return outcomeOf(() => this.lockPlaces(work));
  }

  private valuesOf(seating: Seating): unknown[] {
    const { entry, person, names } = seating;
    return [
      entry.roomId,
      person.userId,
      person.sessionId,
      entry.version,
      entry.phase,
      // Whoever is to become a member is none yet.
      entry.redeems === null ? entry.memberRole : null,
      person.role,
      seating.generation,
      names,
      names.map(nameKeyOf),
      this.config.PRESENCE_TTL,
      seating.seatId,
      seating.role,
      seating.isNewGeneration,
    ];
  }
}

function seatedOf(row: ResultRow | undefined): Seated {
  if (!row?.isAdmitted) return 'stale';
  const { displayName, serverTime, lastEventId } = row;
  return displayName === null ? 'taken' : { displayName, serverTime, lastEventId };
}

async function outcomeOf(work: () => Promise<Seated>): Promise<Seated> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotSeated) return error.outcome;
    if (violates(error, 'seats_name_key')) return 'taken';
    // He became a member meanwhile, maybe by the same invite on another device.
    if (violates(error, 'members_pkey')) return 'stale';
    if (GONE.some((column) => violates(error, `${column}_fkey`))) return 'stale';
    throw error;
  }
}
