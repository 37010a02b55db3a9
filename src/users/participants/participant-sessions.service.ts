import { Injectable } from '@nestjs/common';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { BoundedMap } from '../../platform/tasks/bounded-map.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';

// An update, so that a grant that waits for the lock is decided again.
const LOCK_USER = statement(
  'participants.lock-user',
  'update users set status = status where id = $1',
);

const IS_IN_ROOM = statement(
  'participants.is-in-room',
  `select from sessions
    where user_id = $1 and room_id = $2 and kind = '${OF_PARTICIPANT}' and revoked_at is null
    union all
   select from seats where user_id = $1 and room_id = $2
    limit 1`,
);

const END_IN_ROOM = statement(
  'participants.end-in-room',
  `update sessions set revoked_at = clock_timestamp()
    where user_id = $1 and room_id = $2 and kind = '${OF_PARTICIPANT}' and revoked_at is null
   returning id`,
);

const FIND_RUN_OUT = statement(
  'participants.find-run-out',
  `select id from sessions
    where id = any ($1::uuid[]) and expires_at <= clock_timestamp()
      -- The next grant ends the row of a token that has run out.
      and (revoked_at is null or revoked_at >= expires_at)`,
);

/** Number of expired sessions that are remembered; none of them is opened again. */
const CAPACITY = 10_000;

interface InRoom {
  readonly userId: string;
  readonly roomId: string;
}

/** The sessions of participant tokens. */
@Injectable()
export class ParticipantSessions {
  private readonly runOut = new BoundedMap<true>(CAPACITY);
  private readonly lookUps = new BatchLoader<true>((ids) => this.findRunOut(ids), 2, 50);

  constructor(private readonly database: Database) {}

  /** Whether the session ended by the clock alone; dead tokens may be sent any number of times. */
  async hasRunOut(sessionId: string): Promise<boolean> {
    if (this.runOut.get(sessionId)) return true;
    if ((await this.lookUps.get(sessionId)) === undefined) return false;
    this.runOut.set(sessionId, true);
    return true;
  }

  private async findRunOut(ids: string[]): Promise<Map<string, true>> {
    const rows = await this.database.query<{ id: string }>(FIND_RUN_OUT, [ids]);
    return new Map(rows.map(({ id }) => [id, true]));
  }

  /** Whether the person has a session or a seat in the room. */
  async areInRoom(transaction: Transaction, { userId, roomId }: InRoom): Promise<boolean> {
    return (await rowsOf(transaction, IS_IN_ROOM, [userId, roomId])).length > 0;
  }

  /**
   * Ends a person's sessions for a room, for a kick or a ban: a later grant leads to a new token.
   * Must be called before the seats are ended. Sessions that are being opened are ended too, or
   * their grants are decided again. Returns the number of ended sessions.
   */
  async endInRoom(transaction: Transaction, { userId, roomId }: InRoom): Promise<number> {
    await rowsOf(transaction, LOCK_USER, [userId]);
    return (await rowsOf(transaction, END_IN_ROOM, [userId, roomId])).length;
  }
}
