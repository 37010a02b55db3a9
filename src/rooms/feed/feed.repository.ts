import { Injectable } from '@nestjs/common';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { Config } from '../../platform/config/config.js';
import { Database, reservedStatement } from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { phaseOf } from '../settings/room.phase.js';
import { type EventRow, FeedEvent } from './feed-event.js';
import type { RoomState } from './feed.schema.js';
import type { People } from './listener.js';

export const PAGE = 200;

/** Maximum number of names for a host; the list of participants contains all names. */
const NAMES = 200;

// Along the primary key: a room without new events costs a single index look-up.
const FIND_EVENTS = reservedStatement(
  'feed.find-events',
  `select e.room_id as "roomId", e.id::text as id, e.type, e.user_id as "userId",
          e.session_id as "sessionId", e.data::text as data, e.at
     from unnest(${listParameter('$1', 'uuid')}, ${listParameter('$2', 'bigint')}) f (room_id, after)
    cross join lateral (
      select * from room_events o where o.room_id = f.room_id and o.id > f.after
       order by o.id limit ${PAGE}) e
    order by e.room_id, e.id`,
);

const HELD = `s.room_id = r.id and ${isHeld('s', '$2', 'clock.at')}`;

const READ_STATES = reservedStatement(
  'feed.read-states',
  `select r.id, t.generation, coalesce(t.serve_until, clock.at) as "refreshAfter",
          ${phaseOf('r', 'clock.at')} as phase, clock.at as "serverTime",
          (select count(*)::int from seats s where ${HELD}) as "participantCount"
     from (select clock_timestamp() as at) clock cross join rooms r
     join room_tokens t on t.room_id = r.id
    where r.id = any (${listParameter('$1', 'uuid')})`,
);

// The mark shows whether the people are still the same, without a list of them.
const COUNT = reservedStatement(
  'feed.count',
  `select r.id as "roomId", count(s.id)::int as count,
          coalesce(bit_xor(hashtextextended(s.id || s.display_name, 0)), 0)::text as mark
     from (select clock_timestamp() as at) clock cross join unnest(${listParameter('$1', 'uuid')}) r (id)
     left join seats s on ${HELD}
    group by r.id`,
);

const NAME = reservedStatement(
  'feed.name',
  `select r.id as "roomId", array(select s.display_name from seats s where ${HELD}
                                   order by s.name_key limit ${NAMES}) as names
     from (select clock_timestamp() as at) clock cross join unnest(${listParameter('$1', 'uuid')}) r (id)`,
);

/** Reads events and people for all rooms with listeners together. */
@Injectable()
export class FeedRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Returns a page of events per room, after the event at the same position. */
  async findEvents(roomIds: readonly string[], after: readonly number[]): Promise<FeedEvent[]> {
    const rows = await this.database.query<EventRow>(FIND_EVENTS, [roomIds, after]);
    return rows.map((row) => new FeedEvent(row));
  }

  async readStates(roomIds: readonly string[]): Promise<Map<string, RoomState>> {
    const values = [roomIds, this.config.PRESENCE_TTL];
    const rows = await this.database.query<RoomState & { id: string }>(READ_STATES, values);
    return new Map(rows.map(({ id, ...state }) => [id, state]));
  }

  count(roomIds: readonly string[]): Promise<(People & { roomId: string })[]> {
    return this.database.query(COUNT, [roomIds, this.config.PRESENCE_TTL]);
  }

  /** Returns the names of the people inside, in order, up to the maximum. */
  async name(roomIds: readonly string[]): Promise<Map<string, string[]>> {
    const values = [roomIds, this.config.PRESENCE_TTL];
    const rows = await this.database.query<{ roomId: string; names: string[] }>(NAME, values);
    return new Map(rows.map(({ roomId, names }) => [roomId, names]));
  }
}
