import { Injectable } from '@nestjs/common';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';

// An update, so that a grant that waits for the lock is decided again.
const LOCK_USER = statement(
  'participants.lock-user',
  'update users set status = status where id = $1',
);

const END_IN_ROOM = statement(
  'participants.end-in-room',
  `update sessions set revoked_at = clock_timestamp()
    where user_id = $1 and room_id = $2 and kind = '${OF_PARTICIPANT}' and revoked_at is null`,
);

const HAS_RUN_OUT = statement(
  'participants.has-run-out',
  `select from sessions where id = $1 and revoked_at is null and expires_at <= clock_timestamp()`,
);

/** The sessions of participant tokens. */
@Injectable()
export class ParticipantSessions {
  constructor(private readonly database: Database) {}

  /** Whether the session ended by the clock alone. */
  async hasRunOut(sessionId: string): Promise<boolean> {
    return (await this.database.queryOne(HAS_RUN_OUT, [sessionId])) !== undefined;
  }

  /**
   * Ends a person's sessions for a room, for a kick or a ban: a later grant leads to a new token.
   * Must be called before the seats are ended. Sessions that are being opened are ended too, or
   * their grants are decided again.
   */
  async endInRoom(
    transaction: Transaction,
    { userId, roomId }: { readonly userId: string; readonly roomId: string },
  ): Promise<void> {
    await rowsOf(transaction, LOCK_USER, [userId]);
    await rowsOf(transaction, END_IN_ROOM, [userId, roomId]);
  }
}
