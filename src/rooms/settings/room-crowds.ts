import { Injectable } from '@nestjs/common';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import { Database, statement } from '../../platform/database/database.js';
import type { VisibleRoom } from './rooms.repository.js';

/** Rooms in one statement, so that it is over in a moment though thousands are in each of them. */
const MOST_ROOMS = 50;

const COUNT = statement(
  'rooms.count-crowds',
  `select room_id as "roomId", count(*)::int as count from seats
    where room_id = any ($1::uuid[]) and ${isHeld('seats', '$2', 'clock_timestamp()')}
    group by room_id`,
);

/** A room whose people have been counted, however many they are. */
export type ShownRoom = VisibleRoom & { readonly participantCount: number };

/**
 * Counts who is inside crowded rooms: once for everybody who asks at the same time, and by one
 * statement at a time on each replica, because a count reads every seat of the room.
 */
@Injectable()
export class RoomCrowds {
  private readonly counts = new BatchLoader<number>(
    (roomIds) => this.countAll(roomIds),
    1,
    MOST_ROOMS,
  );

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async counted(room: VisibleRoom): Promise<ShownRoom> {
    const { participantCount } = room;
    if (participantCount !== null) return Object.assign(room, { participantCount });
    return Object.assign(room, { participantCount: (await this.counts.get(room.id)) ?? 0 });
  }

  countedAll(rooms: readonly VisibleRoom[]): Promise<ShownRoom[]> {
    return Promise.all(rooms.map((room) => this.counted(room)));
  }

  private async countAll(roomIds: string[]): Promise<Map<string, number>> {
    const values = [roomIds, this.config.PRESENCE_TTL];
    const rows = await this.database.query<{ roomId: string; count: number }>(COUNT, values);
    return new Map(rows.map(({ roomId, count }) => [roomId, count]));
  }
}
