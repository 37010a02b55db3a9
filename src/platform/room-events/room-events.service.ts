import { Injectable } from '@nestjs/common';
import { Every } from '../tasks/every.decorator.js';
import type { Progress } from '../tasks/progress.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import type { RoomEvent } from './room-events.schema.js';

/** SQL for a `with` clause; `source`: `room_id, type, user_id, session_id, data`, once per room. */
export function recordingOf(source: string): string {
  // A locked row numbers the events, because a sequence would leave gaps and break the order.
  return `feed as (
     insert into room_feeds (room_id, last_id)
     select room_id, 1 from ${source} order by room_id
     on conflict (room_id) do update set last_id = room_feeds.last_id + 1
     returning room_id, last_id
   ), recorded as (
     insert into room_events (room_id, id, type, user_id, session_id, data)
     select s.room_id, f.last_id, s.type, s.user_id, s.session_id, s.data
       from ${source} s join feed f on f.room_id = s.room_id
   )`;
}

const KEPT_DAYS = 7;

const PURGED_AT_ONCE = 2_000;

const RECORD = statement(
  'events.record',
  `with event as (
     select distinct room_id, $2 as type, $3::uuid as user_id, $4::uuid as session_id,
            $5::jsonb as data
       from unnest($1::uuid[]) as room_id
   ), ${recordingOf('event')}
   select last_id::text as id from feed`,
);

const PURGE = statement(
  'events.purge',
  `delete from room_events where ctid = any (array(
     select ctid from room_events
      where at < (select clock_timestamp() - make_interval(days => ${KEPT_DAYS}))
      order by at, id limit $1 for update skip locked))
   returning id`,
);

@Injectable()
export class RoomEvents {
  constructor(private readonly database: Database) {}

  /** Must be the last call in the transaction, because it locks the row of the room's feed. */
  record(transaction: Transaction, event: RoomEvent & { readonly roomId: string }): Promise<void> {
    return this.recordInEach(transaction, [event.roomId], event);
  }

  /** Writes an event to several rooms, whose feeds are locked in the order of their ids. */
  async recordInEach(
    transaction: Transaction,
    roomIds: readonly string[],
    event: RoomEvent,
  ): Promise<void> {
    const { userId = null, sessionId = null } = 'userId' in event ? event : {};
    const data = JSON.stringify(event.data);
    await rowsOf(transaction, RECORD, [roomIds, event.type, userId, sessionId, data]);
  }

  @Every('60 s', 'purge room events')
  purge(): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [], PURGED_AT_ONCE);
  }
}
