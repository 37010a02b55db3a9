import type { Transaction } from '../../platform/database/database.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';

/** Selects the seats of a user or of a single sign-in, in all rooms or in one. */
export interface Whose {
  readonly userId: string;
  readonly sessionId?: string;
  readonly roomId?: string;
}

/**
 * The seats that users hold in rooms, which end with their right to enter. `rooms` implements this.
 */
export abstract class UserSeats {
  /**
   * Ends the seats of sign-ins that end, without an event: their feeds end because they have lost
   * the right to listen, and an event would lock the feeds of their rooms.
   */
  abstract endSeatsOfSessions(
    transaction: Transaction,
    sessionIds: readonly string[],
  ): Promise<void>;

  /** Ends the user's seats in rooms that admit only members and of which the user is not a member. */
  abstract endSeatsOfStrangers(
    transaction: Transaction,
    whose: { readonly userId: string },
  ): Promise<void>;

  /**
   * Ends the user's seats, with an event in each room. Must be the last call in the transaction
   * that removes the right.
   */
  abstract remove(transaction: Transaction, whose: Whose, reason: RemovalReason): Promise<void>;
}
