import { Injectable } from '@nestjs/common';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { rowsOf, statement, type Transaction } from '../../platform/database/database.js';

const END_IN_ROOM = statement(
  'participants.end-in-room',
  `update sessions set revoked_at = clock_timestamp()
    where user_id = $1 and room_id = $2 and kind = '${OF_PARTICIPANT}' and revoked_at is null`,
);

/** The sessions of participant tokens. */
@Injectable()
export class ParticipantSessions {
  /**
   * Ends a person's sessions for a room, for a kick or a ban: a later grant leads to a new token.
   * Must be called before the seats are ended.
   */
  async endInRoom(
    transaction: Transaction,
    { userId, roomId }: { readonly userId: string; readonly roomId: string },
  ): Promise<void> {
    await rowsOf(transaction, END_IN_ROOM, [userId, roomId]);
  }
}
