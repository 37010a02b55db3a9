import { Injectable } from '@nestjs/common';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import { Database, statement } from '../../platform/database/database.js';
import type { VisibleRoom } from './rooms.repository.js';

/** Rooms per statement, so that it is short even with thousands of people in each room. */
const MOST_ROOMS = 50;

const COUNT = statement(
  'rooms.count-crowds',
  `select room_id as "roomId", count(*)::int as count from seats
    where room_id = any ($1::uuid[]) and ${isHeld('seats', '$2', 'clock_timestamp()')}
    group by room_id`,
);

export type ShownRoom = VisibleRoom & { readonly participantCount: number };

/**
 * Counts the people in crowded rooms: once for all concurrent callers, and with one statement at a
 * time per replica, because a count reads every seat of the room.
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
