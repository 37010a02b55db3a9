import { Injectable } from '@nestjs/common';
import type { Progress } from '../../platform/tasks/progress.js';
import { type Belonging, Clearing } from '../../platform/database/clearing.js';
import { Database, statement } from '../../platform/database/database.js';

/** The rows that belong to a room, except its holders, which are deleted earlier. */
export const OF_ROOMS: readonly Belonging[] = [
  { table: 'seats', column: 'room_id' },
  { table: 'members', column: 'room_id' },
  { table: 'access_code_grants', column: 'room_id' },
  { table: 'invites', column: 'room_id' },
  { table: 'bans', column: 'room_id' },
  { table: 'dead_session_reporters', column: 'room_id' },
  { table: 'dead_sessions', column: 'room_id' },
  { table: 'pending_rekeys', column: 'room_id' },
  { table: 'raised_alarms', column: 'room_id' },
  { table: 'room_events', column: 'room_id' },
  { table: 'room_generations', column: 'room_id' },
  // Guests, each with the few rows of a day.
  { table: 'users', column: 'guest_room_id' },
  { table: 'sessions', column: 'room_id' },
];
const CLEARING = new Clearing(OF_ROOMS);

const ROOMS_AT_ONCE = 100;

const FIND_DUE = statement(
  'rooms.due.purge',
  `select r.id from rooms r
    where r.deleted_at < (select clock_timestamp() - make_interval(secs => $1))
      and not exists (select from holders h where h.room_id = r.id)
    order by r.deleted_at limit $2`,
);

const REMOVE = statement(
  'rooms.purge',
  `delete from rooms where id = any (array(
     select id from rooms where id = any ($1::uuid[]) for update skip locked))`,
);

/** Rooms that are marked as deleted, with all rows that belong to them. */
@Injectable()
export class DeletedRoomsRepository {
  constructor(private readonly database: Database) {}

  /** Deletes rooms that were marked more than so many seconds ago, a few at a time. */
  async purge(afterSeconds: number): Promise<Progress> {
    const values = [afterSeconds, ROOMS_AT_ONCE];
    const due = await this.database.query<{ id: string }>(FIND_DUE, values);
    if (due.length === 0) return 'done';
    const roomIds = due.map(({ id }) => id);
    const progress = await CLEARING.purgeInBatches(this.database, roomIds);
    if (progress === 'unfinished') return progress;
    await this.database.query(REMOVE, [roomIds]);
    return due.length === ROOMS_AT_ONCE ? 'unfinished' : 'done';
  }
}
