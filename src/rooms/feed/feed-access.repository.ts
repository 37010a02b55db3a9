import { Injectable } from '@nestjs/common';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { isGoodSession } from '../../platform/access/live-session.policy.js';
import { onlyRoomOf, roleInSession } from '../../platform/access/session-rights.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import { Database, decisiveStatement, type Statement } from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { joiningBan } from '../settings/ban.policy.js';
import { phaseOf } from '../settings/room.phase.js';
import { isRoomId } from '../settings/room.schema.js';
import type { FeedAccess } from './feed-access.policy.js';

/** Seconds after which a listener's seat is touched again; less if seats expire sooner. */
const FRESH_SECONDS = 20;

/** A listener, with their state at the last check. */
export interface Watched {
  readonly roomId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** A digest, computed by the database, of everything that decides about the right to listen. */
  readonly mark: string;
}

export interface Arrival {
  readonly roomId: string;
  readonly mark: string;
  readonly feedAccess: FeedAccess;
  readonly isFresh: boolean;
  readonly lastEventId: number;
}

const FACTS = {
  isRoom: 'r.id is not null',
  access: 'r.access',
  phase: phaseOf('r', 'clock.at'),
  guest: `case when ${onlyRoomOf('x', 'u')} <> r.id then 'elsewhere'
               when u.guest_room_id is not null then 'here' end`,
  account: 'u.status',
  role: roleInSession('x', 'u'),
  memberRole: 'm.role',
  seatId: 's.id',
  isBanned: 'b.user_id is not null',
  bannedUntil: 'b.until',
  isSession: `coalesce(${isGoodSession('x', 'u', 'clock.at')}, false)`,
} as const satisfies Record<keyof FeedAccess, string>;

const FACTS_AS_JSON = `json_build_object(${Object.entries(FACTS)
  .map(([name, sql]) => `'${name}', ${sql}`)
  .join(', ')})::text`;

// Computed for every listener at every check, so it must be cheap: it builds no text.
const MARK = `hash_record_extended(row(${Object.values(FACTS).join(', ')}), 0)`;

/** @param who alias of a row of the person: `room_id, user_id, session_id` */
const FROM = (who: string, presence: string) => `
    left join rooms r on r.id = ${who}.room_id and r.deleted_at is null
    left join users u on u.id = ${who}.user_id and u.deleted_at is null
    left join sessions x on x.id = ${who}.session_id and x.user_id = ${who}.user_id
    left join members m on m.room_id = ${who}.room_id and m.user_id = ${who}.user_id
    ${joiningBan('b', `${who}.room_id`, `${who}.user_id`, 'clock.at')}
    left join seats s on s.room_id = ${who}.room_id and s.session_id = ${who}.session_id
     and ${isHeld('s', presence, 'clock.at')}`;

const CLOCK = '(select clock_timestamp() as at) clock';

/** @param column of rooms that the first array contains */
const read = (column: 'id' | 'slug', type: 'uuid' | 'text') => `
  select w.place::int as place, w.room_id as "roomId", ${FACTS_AS_JSON} as facts,
         ${MARK}::text as mark,
         coalesce(${isHeld('s', '$5', 'clock.at')}, false) as "isFresh",
         coalesce(f.last_id, 0)::text as "lastEventId"
    from ${CLOCK} cross join (
      select a.place, named.id as room_id, a.user_id, a.session_id
        from unnest(${listParameter('$1', type)}, ${listParameter('$2', 'uuid')}, ${listParameter('$3', 'uuid')}) with ordinality
               a (room, user_id, session_id, place)
        join rooms named on named.${column} = a.room and named.deleted_at is null) w
    left join room_feeds f on f.room_id = w.room_id ${FROM('w', '$4')}`;
const READ_BY_ID = decisiveStatement('feed.read-by-id', read('id', 'uuid'));
const READ_BY_SLUG = decisiveStatement('feed.read-by-slug', read('slug', 'text'));

// Only changed rows are serialised, sent and judged again.
const FIND_CHANGED = decisiveStatement(
  'feed.find-changed',
  `select w.place::int as place, ${FACTS_AS_JSON} as facts, ${MARK}::text as mark
     from ${CLOCK} cross join
          unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) with ordinality
            w (room_id, user_id, session_id, mark, place) ${FROM('w', '$5')}
    where ${MARK} <> w.mark`,
);

/** Concurrent batches of arrivals, and people per batch. */
const BATCHES = 2;
const MOST_ARRIVALS = 200;

interface ArrivalRow {
  readonly place: number;
  readonly roomId: string;
  readonly facts: string;
  readonly mark: string;
  readonly isFresh: boolean;
  readonly lastEventId: string;
}

interface Question {
  readonly room: string;
  readonly userId: string;
  readonly sessionId: string;
}

@Injectable()
export class FeedAccessRepository {
  readonly freshSeconds: number;
  private readonly byId = this.batchOf(READ_BY_ID);
  private readonly bySlug = this.batchOf(READ_BY_SLUG);

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {
    this.freshSeconds = Math.min(FRESH_SECONDS, config.PRESENCE_TTL / 4);
  }

  /** Reads by id or slug, together with concurrent arrivals; undefined if there is no such room. */
  read(
    room: string,
    { userId, sessionId }: { userId: string; sessionId: string },
  ): Promise<Arrival | undefined> {
    const arrivals = isRoomId(room) ? this.byId : this.bySlug;
    return arrivals.get({ room, userId, sessionId });
  }

  private batchOf(statement: Statement): BatchLoader<Arrival, Question> {
    const ask = async (questions: readonly Question[]) => {
      const rows = await this.database.query<ArrivalRow>(statement, [
        questions.map(({ room }) => room),
        questions.map(({ userId }) => userId),
        questions.map(({ sessionId }) => sessionId),
        this.config.PRESENCE_TTL,
        this.freshSeconds,
      ]);
      return new Map(rows.map((row) => [questions[row.place - 1] as Question, arrivalOf(row)]));
    };
    return new BatchLoader(ask, BATCHES, MOST_ARRIVALS);
  }

  /** Returns the listeners whose state has changed, with their new state. */
  async findChanged<Who extends Watched>(
    everybody: readonly Who[],
  ): Promise<{ who: Who; mark: string; feedAccess: FeedAccess }[]> {
    const rows = await this.database.query<{ place: number; facts: string; mark: string }>(
      FIND_CHANGED,
      [
        arrayOf(everybody.map(({ roomId }) => roomId)),
        arrayOf(everybody.map(({ userId }) => userId)),
        arrayOf(everybody.map(({ sessionId }) => sessionId)),
        arrayOf(everybody.map(({ mark }) => mark)),
        this.config.PRESENCE_TTL,
      ],
    );
    return rows.map(({ place, facts, mark }) => ({
      who: everybody[place - 1] as Who,
      mark,
      feedAccess: feedAccessOf(facts),
    }));
  }
}

/** The text of an array in Postgres; the driver would check thousands of elements for quotes. */
function arrayOf(plain: readonly string[]): string {
  return `{${plain.join(',')}}`;
}

function arrivalOf({ roomId, facts, mark, isFresh, lastEventId }: ArrivalRow): Arrival {
  const feedAccess = feedAccessOf(facts);
  return { roomId, mark, feedAccess, isFresh, lastEventId: Number(lastEventId) };
}

function feedAccessOf(facts: string): FeedAccess {
  const { bannedUntil, ...feedAccess } = JSON.parse(facts) as Omit<FeedAccess, 'bannedUntil'> & {
    readonly bannedUntil: string | null;
  };
  return { ...feedAccess, bannedUntil: bannedUntil === null ? null : new Date(bannedUntil) };
}
