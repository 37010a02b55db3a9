import { Injectable } from '@nestjs/common';
import { isGoodSession } from '../access/live-session.policy.js';
import { Config } from '../config/config.js';
import { Database, reservedStatement } from '../database/database.js';
import { isInForce } from '../rooms/ban.policy.js';
import { phaseOf } from '../rooms/room.phase.js';
import { isRoomId } from '../rooms/room.schema.js';
import type { Standing } from './standing.js';

/** Seconds after which a seat is touched again by whoever listens; less where seats live shorter. */
const FRESH_SECONDS = 20;

/** Who listens, and how he stood when he was looked at last. */
export interface Watched {
  readonly roomId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** As the database wrote it. */
  readonly facts: string;
}

/** How somebody stands who wants to listen. */
export interface Arrival {
  readonly roomId: string;
  readonly facts: string;
  readonly standing: Standing;
  /** Whether his seat was heard of a moment ago. */
  readonly isFresh: boolean;
  readonly lastEventId: number;
}

// Compared as a text with what was known: only what has changed is sent, and judged again.
const FACTS = `json_build_object(
    'isRoom', r.id is not null, 'access', r.access, 'phase', ${phaseOf('r', 'clock.at')},
    'guest', case when u.guest_room_id = r.id then 'here'
                  when u.guest_room_id is not null then 'elsewhere' end,
    'account', u.status, 'role', u.role, 'memberRole', m.role, 'seatId', s.id,
    'isBanned', b.user_id is not null, 'bannedUntil', b.until,
    'isSession', coalesce(${isGoodSession('x', 'u', 'clock.at')}, false))::text`;

/** @param who alias of whoever it is about: `room_id, user_id, session_id` */
const FROM = (who: string, presence: string) => `
    left join rooms r on r.id = ${who}.room_id and r.deleted_at is null
    left join users u on u.id = ${who}.user_id and u.deleted_at is null
    left join sessions x on x.id = ${who}.session_id and x.user_id = ${who}.user_id
    left join members m on m.room_id = ${who}.room_id and m.user_id = ${who}.user_id
    left join bans b on b.room_id = ${who}.room_id and b.user_id = ${who}.user_id
     and ${isInForce('b', 'clock.at')}
    left join seats s on s.room_id = ${who}.room_id and s.session_id = ${who}.session_id
     and s.seen_at > clock.at - make_interval(secs => ${presence})`;

const CLOCK = '(select clock_timestamp() as at) clock';

const READ = `
  select w.room_id as "roomId", ${FACTS} as facts,
         coalesce(s.seen_at > clock.at - make_interval(secs => $4), false) as "isFresh",
         coalesce(f.last_id, 0)::text as "lastEventId"
    from ${CLOCK} cross join
         (select id as room_id, $1::uuid as user_id, $2::uuid as session_id, slug from rooms
           where deleted_at is null) w
    left join room_feeds f on f.room_id = w.room_id ${FROM('w', '$3')}`;
const READ_BY_ID = reservedStatement('feed.read-by-id', `${READ} where w.room_id = $5`);
const READ_BY_SLUG = reservedStatement('feed.read-by-slug', `${READ} where w.slug = $5`);

const FIND_CHANGED = reservedStatement(
  'feed.find-changed',
  `select * from (
     select w.place::int as place, w.facts as before, ${FACTS} as facts
       from ${CLOCK} cross join
            unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
              w (room_id, user_id, session_id, facts, place) ${FROM('w', '$5')}) seen
    where facts is distinct from before`,
);

interface ArrivalRow {
  readonly roomId: string;
  readonly facts: string;
  readonly isFresh: boolean;
  readonly lastEventId: string;
}

/** How people stand who listen, or want to. */
@Injectable()
export class StandingRepository {
  /** Seconds after which a seat must be touched again. */
  readonly freshSeconds: number;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {
    this.freshSeconds = Math.min(FRESH_SECONDS, config.PRESENCE_TTL / 4);
  }

  /** @param room id or slug; undefined if there is no such room */
  async read(
    room: string,
    { userId, sessionId }: { userId: string; sessionId: string },
  ): Promise<Arrival | undefined> {
    const read = isRoomId(room) ? READ_BY_ID : READ_BY_SLUG;
    const { PRESENCE_TTL } = this.config;
    const values = [userId, sessionId, PRESENCE_TTL, this.freshSeconds, room];
    const row = await this.database.queryOne<ArrivalRow>(read, values);
    return (
      row && {
        ...row,
        standing: standingOf(row.facts),
        lastEventId: Number(row.lastEventId),
      }
    );
  }

  /** Those who do not stand any more as they did, and how they do now. */
  async findChanged<Who extends Watched>(
    everybody: readonly Who[],
  ): Promise<{ who: Who; facts: string; standing: Standing }[]> {
    const rows = await this.database.query<{ place: number; facts: string }>(FIND_CHANGED, [
      everybody.map(({ roomId }) => roomId),
      everybody.map(({ userId }) => userId),
      everybody.map(({ sessionId }) => sessionId),
      everybody.map(({ facts }) => facts),
      this.config.PRESENCE_TTL,
    ]);
    return rows.map(({ place, facts }) => ({
      who: everybody[place - 1] as Who,
      facts,
      standing: standingOf(facts),
    }));
  }
}

function standingOf(facts: string): Standing {
  const { bannedUntil, ...standing } = JSON.parse(facts) as Omit<Standing, 'bannedUntil'> & {
    readonly bannedUntil: string | null;
  };
  return { ...standing, bannedUntil: bannedUntil === null ? null : new Date(bannedUntil) };
}
