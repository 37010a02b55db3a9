import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { inTurn } from '../../platform/tasks/progress.js';
import { Database, rowsOf, statement } from '../../platform/database/database.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';
import { PresenceService } from '../presence/presence.service.js';

// A room that ended over a day ago holds no seats any more. Locked rooms are left to the next run.
const DUE = statement(
  'rooms.due-to-end',
  `select id from rooms
    where closes_at <= (select clock_timestamp())
      and closes_at > (select clock_timestamp() - interval '1 day')
      and deleted_at is null and status <> 'closed' and ended_at is distinct from closes_at
    order by closes_at limit 16 for no key update skip locked`,
);

const END = statement(
  'rooms.end',
  `update rooms set ended_at = closes_at
    where id = $1 and closes_at <= clock_timestamp()
      and deleted_at is null and status <> 'closed' and ended_at is distinct from closes_at
   returning id`,
);

/** Ends rooms at their `closesAt`, which no request triggers. */
@Injectable()
export class RoomEndings {
  constructor(
    private readonly database: Database,
    private readonly presence: PresenceService,
    private readonly events: RoomEvents,
  ) {}

  /** Ends the rooms that are due; a condition on the room’s row decides which replica does it. */
  @Every('500 ms', 'end rooms')
  async endDue(): Promise<void> {
    const due = await this.database.query<{ id: string }>(DUE, []);
    await this.endAll(due.map(({ id }) => id));
  }

  /** Ends several rooms; a room with locked rows does not prevent the others from ending. */
  async endAll(roomIds: readonly string[]): Promise<void> {
    await inTurn(...roomIds.map((id) => () => this.end(id)));
  }

  /** Ends the room if it is due and has not been ended. */
  private end(roomId: string): Promise<void> {
    return this.database.transaction(async (transaction) => {
      const [ended] = await rowsOf(transaction, END, [roomId]);
      // Another replica has ended it, or it was extended.
      if (!ended) return;
      await this.presence.endSeatsButAdmins(transaction, roomId);
      const closed = { type: 'room.closed', data: { reason: 'ended' } } as const;
      await this.events.record(transaction, { roomId, ...closed });
    });
  }
}
