import { Injectable } from '@nestjs/common';
import type { RoomRole } from '../room-role.js';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import type { PageQuery } from '../../platform/http/paging.js';
import { Config } from '../../platform/config/config.js';
import { Database, statement } from '../../platform/database/database.js';

export interface Move {
  readonly userId: string;
  readonly displayName: string;
  readonly role: RoomRole;
}

export interface Participant extends Move {
  readonly id: string;
  readonly joinedAt: Date;
  readonly seenAt: Date;
  /** The generation that the seat received last. */
  readonly generation: number | null;
}

const HELD = `from seats where room_id = $1
     and ${isHeld('seats', '$2', 'clock_timestamp()')}`;

const LIST = statement(
  'participants.list',
  `select id, user_id as "userId", display_name as "displayName", role, joined_at as "joinedAt",
          seen_at as "seenAt", generation
     ${HELD} and ($4::uuid is null or id > $4) order by id limit $3`,
);

const MOVES = statement(
  'participants.moves',
  `select user_id as "userId", display_name as "displayName", role ${HELD} order by id`,
);

/** Reads who is inside from the held seats, because a separate counter would drift. */
@Injectable()
export class ParticipantsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  list(roomId: string, { limit, cursor }: PageQuery): Promise<Participant[]> {
    const { PRESENCE_TTL } = this.config;
    return this.database.query(LIST, [roomId, PRESENCE_TTL, limit + 1, cursor ?? null]);
  }

  listMoves(roomId: string): Promise<Move[]> {
    return this.database.query(MOVES, [roomId, this.config.PRESENCE_TTL]);
  }
}
