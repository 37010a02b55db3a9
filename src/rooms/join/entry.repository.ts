import { Injectable } from '@nestjs/common';
import { type GlobalRole, runsAllRooms } from '../../platform/access/global-role.js';
import { heldSince, isHeld, isHeldSince } from '../../platform/access/held-seat.policy.js';
import type { EntryFacts } from '../entry/entry.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import {
  Database,
  decisiveStatement,
  reservedStatement,
  type Statement,
} from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { exceedsCapacity, type RoomRole } from '../room-role.js';
import { joiningBan } from '../settings/ban.policy.js';
import { earlyEntryOf, phaseOf } from '../settings/room.phase.js';
import { isRoomId } from '../settings/room.schema.js';

/** A join touches a seat that was last touched more than this many seconds ago. */
const FRESH_SECONDS = 15;

/** Statements in progress per replica; meanwhile, further reads gather for the next statement. */
const READS_AT_ONCE = 3;
const MOST_READS = 50;

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: GlobalRole;
  readonly guestRoomId: string | null;
}

/** A room and a person who wants to enter, as a single read finds them, by the database's clock. */
export interface Entry extends EntryFacts {
  readonly roomId: string;
  readonly slug: string | null;
  readonly name: string;
  readonly version: number;
  readonly accessCodeHash: Buffer | null;
  readonly accessCodeVersion: number;
  /** The seat of the sign-in; the other seat fields are valid only if there is one. */
  readonly seatId: string | null;
  readonly seatName: string;
  readonly seatRole: RoomRole;
  /** The generation that the seat received last. */
  readonly seatGeneration: number | null;
  readonly seatIsFresh: boolean;
  readonly generation: number;
  readonly isLive: boolean;
  readonly token: Buffer | null;
  readonly tokenKeyId: string | null;
  readonly fingerprint: string | null;
  readonly serveUntil: Date | null;
  readonly expiresAt: Date | null;
  readonly lastEventId: string;
  readonly serverTime: Date;
  /** The invite that makes this person a member together with the seat; null for none. */
  readonly redeems: string | null;
}

type Known = 'role' | 'guest' | 'holdsSeat' | 'redeems';

/**
 * Whether the seats of a room with a capacity are counted. A caller who is not admitted must not
 * cause this work, nor learn from its duration that the room exists.
 */
export type Counting = 'never' | 'if it decides' | 'always';

interface Ask extends Pick<Person, 'userId' | 'sessionId' | 'guestRoomId'> {
  readonly room: string;
  readonly counting: Counting;
}

type Row = Omit<Entry, Known>;

// The rules before the capacity: a refusal by any of them needs no count.
const CAPACITY_DECIDES = `
  ${phaseOf('r', 'clock.at')} = 'open' and b.user_id is null
  and (ask.guest_room is null or ask.guest_room = r.id)
  and case when m.user_id is null then r.access = 'users' and ask.guest_room is null
           else not ${exceedsCapacity.sql('m.role')} end
  and (r.access_code_hash is null or m.invite_id is not null
       or coalesce(g.version = r.access_code_version, false))`;

const HELD = `select from seats o where o.room_id =`;

const SELECT = `
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
                ${listParameter('$5', 'text')}, ${listParameter('$6', 'uuid')}) with ordinality
         ask (user_id, session_id, room, counting, guest_room, place)
   cross join lateral (${SELECT} and ${column} = ask.room offset 0) entry`;

const READ_BY_ID = decisiveStatement('join.read-by-id', reading('uuid', 'r.id'));
const READ_BY_SLUG = decisiveStatement('join.read-by-slug', reading('text', 'r.slug'));

const COUNT_HELD = reservedStatement(
  'join.count-held',
  `select count(*)::int as count
     from (${HELD} $1 and ${isHeld('o', '$2', 'clock_timestamp()')} limit $3) held`,
);

/** The read that begins a join, a heartbeat and a leave; concurrent reads share a round trip. */
@Injectable()
export class EntryRepository {
  private readonly readsById = this.batchOf(READ_BY_ID);
  private readonly readsBySlug = this.batchOf(READ_BY_SLUG);

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** @returns undefined if there is no room with this id or slug */
  async read(
    room: string,
    person: Person,
    counting: Counting = 'never',
  ): Promise<Entry | undefined> {
    const { userId, sessionId, role, guestRoomId } = person;
    const reads = isRoomId(room) ? this.readsById : this.readsBySlug;
    // Administrators are not limited by the capacity.
    const isSpared = runsAllRooms(role) && counting === 'if it decides';
    const asked = isSpared ? 'never' : counting;
    const row = await reads.get({ userId, sessionId, room, guestRoomId, counting: asked });
    // Written into the row itself, because a copy of thirty fields would cost every join.
    if (!row) return undefined;
    const guest = guestAt(row.roomId, person);
    return Object.assign(row, { role, guest, holdsSeat: row.seatId !== null, redeems: null });
  }

  /** Counts held seats, up to the capacity, for a person that an invite has just admitted. */
  async countHeld(roomId: string, capacity: number): Promise<number> {
    const values = [roomId, this.config.PRESENCE_TTL, capacity];
    return (await this.database.queryOne<{ count: number }>(COUNT_HELD, values))?.count ?? 0;
  }

  private batchOf(query: Statement): BatchLoader<Row, Ask> {
    return new BatchLoader(
      async (asks) => {
        const rows = await this.database.query<Row & { place: number }>(query, [
          asks.map(({ userId }) => userId),
          asks.map(({ sessionId }) => sessionId),
          asks.map(({ room }) => room),
          this.config.PRESENCE_TTL,
          asks.map(({ counting }) => counting),
          asks.map(({ guestRoomId }) => guestRoomId),
        ]);
        return new Map(rows.map((row) => [asks[row.place - 1] as Ask, row]));
      },
      READS_AT_ONCE,
      MOST_READS,
    );
  }
}

function guestAt(roomId: string, { guestRoomId }: Person): Entry['guest'] {
  if (guestRoomId === null) return null;
  return guestRoomId === roomId ? 'here' : 'elsewhere';
}
