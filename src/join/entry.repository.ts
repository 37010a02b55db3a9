import { Injectable } from '@nestjs/common';
import type { EntryFacts, RoomRole } from '../admission/entry.policy.js';
import { Config } from '../config/config.js';
import { Database, statement } from '../database/database.js';
import { earlyEntryOf, phaseOf } from '../rooms/room.phase.js';
import { isRoomId } from '../rooms/room.schema.js';

/** A seat older than this many seconds is touched by a join. */
const FRESH_SECONDS = 15;

/** Who wants to enter. */
export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: 'user' | 'admin';
  readonly guestRoomId: string | null;
}

/** What one read says of a room and of somebody who wants to enter, by the database's clock. */
export interface Entry extends EntryFacts {
  readonly roomId: string;
  readonly slug: string | null;
  readonly name: string;
  readonly version: number;
  readonly accessCodeHash: Buffer | null;
  readonly accessCodeVersion: number;
  /** The seat of the sign-in; its other members count only if there is one. */
  readonly seatId: string | null;
  readonly seatName: string;
  readonly seatRole: RoomRole;
  /** The generation that was handed out to the seat last. */
  readonly seatGeneration: number | null;
  readonly seatIsFresh: boolean;
  readonly generation: number;
  readonly isLive: boolean;
  readonly token: Buffer | null;
  readonly tokenKeyId: string | null;
  readonly fingerprint: string | null;
  readonly serveUntil: Date | null;
  readonly expiresAt: Date | null;
  /** The last event of the room's feed. */
  readonly lastEventId: string;
  readonly serverTime: Date;
  /** The invite that makes this person a member together with the seat; null for none. */
  readonly redeems: string | null;
}

/** What is known without the read. */
type Known = 'role' | 'guest' | 'holdsSeat' | 'redeems';

const SELECT = `
  select r.id as "roomId", r.slug, r.name, r.version, r.access, r.capacity,
         r.opens_at as "opensAt", ${phaseOf('r', 'clock.at')} as phase,
         ${earlyEntryOf('r', 'clock.at')} as "earlyEntry",
         r.access_code_hash is not null as "hasAccessCode",
         r.access_code_hash as "accessCodeHash", r.access_code_version as "accessCodeVersion",
         coalesce(g.version = r.access_code_version, false) as "codeGiven",
         case when r.capacity is not null and s.id is null then
           (select count(*)::int from (select from seats o where o.room_id = r.id
               and o.seen_at > clock.gone limit r.capacity) held)
         end as "heldSeats",
         m.role as "memberRole", m.invite_id is not null as "isInvited",
         b.user_id is not null as "isBanned", b.until as "bannedUntil",
         s.id as "seatId", s.display_name as "seatName", s.role as "seatRole",
         s.generation as "seatGeneration",
         s.seen_at > clock.at - make_interval(secs => ${FRESH_SECONDS}) as "seatIsFresh",
         t.generation, coalesce(t.serve_until > clock.at, false) as "isLive", t.token,
         t.token_key_id as "tokenKeyId", t.fingerprint, t.serve_until as "serveUntil",
         t.expires_at as "expiresAt", coalesce(f.last_id, 0)::text as "lastEventId",
         clock.at as "serverTime"
    from (select at, at - make_interval(secs => $3) as gone
            from (select clock_timestamp() as at) now) clock cross join rooms r
    join room_tokens t on t.room_id = r.id
    left join room_feeds f on f.room_id = r.id
    left join members m on m.room_id = r.id and m.user_id = $1
    left join bans b on b.room_id = r.id and b.user_id = $1
     and (b.until is null or b.until > clock.at)
    left join access_code_grants g on g.room_id = r.id and g.user_id = $1
    -- The offset keeps the room out of it: by the room's index, everybody inside would be read.
    left join (select * from seats where session_id = $2 offset 0) s
      on s.room_id = r.id and s.seen_at > clock.gone
   where r.deleted_at is null`;

const READ_BY_ID = statement('join.read-by-id', `${SELECT} and r.id = $4`);
const READ_BY_SLUG = statement('join.read-by-slug', `${SELECT} and r.slug = $4`);

/** The read that a join, a heartbeat and a leave begin with. */
@Injectable()
export class EntryRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** @param room id or slug; undefined if there is no such room */
  async read(room: string, person: Person): Promise<Entry | undefined> {
    const read = isRoomId(room) ? READ_BY_ID : READ_BY_SLUG;
    const { userId, sessionId, role } = person;
    const values = [userId, sessionId, this.config.PRESENCE_TTL, room];
    const row = await this.database.queryOne<Omit<Entry, Known>>(read, values);
    // Written into the row itself: a copy of thirty members is a cost that every join would pay.
    if (!row) return undefined;
    const guest = guestAt(row.roomId, person);
    return Object.assign(row, { role, guest, holdsSeat: row.seatId !== null, redeems: null });
  }
}

function guestAt(roomId: string, { guestRoomId }: Person): Entry['guest'] {
  if (guestRoomId === null) return null;
  return guestRoomId === roomId ? 'here' : 'elsewhere';
}
