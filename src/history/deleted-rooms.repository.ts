import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

const PURGED_AT_ONCE = 10;

// What there are most of goes by itself, in batches of its own: a room takes few rows with it.
const PURGE = statement(
  'rooms.purge',
  `delete from rooms where id in (
     select r.id from rooms r
      where r.deleted_at < clock_timestamp() - make_interval(secs => $1)
        and not exists (select from holders h where h.room_id = r.id)
      order by r.deleted_at limit ${PURGED_AT_ONCE} for update skip locked)
   returning 1`,
);

/** Rooms that are marked deleted, with all that belongs to them. */
@Injectable()
export class DeletedRoomsRepository {
  constructor(private readonly database: Database) {}

  /** Removes those that were deleted so many seconds ago, in batches. */
  async purge(afterSeconds: number): Promise<void> {
    for (;;) {
      const purged = await this.database.query(PURGE, [afterSeconds]);
      if (purged.length < PURGED_AT_ONCE) return;
    }
  }
}
