import type { Transaction } from '../../platform/database/database.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';

/** Selects the seats of a user or of a single sign-in, in all rooms or in one. */
export interface Whose {
  readonly userId: string;
  readonly sessionId?: string;
  readonly roomId?: string;
}

/** The seats of users, which end with their right to enter. `rooms` implements this. */
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

  /** Ends the user's seats, with events; must be the last call of the transaction. */
  abstract remove(transaction: Transaction, whose: Whose, reason: RemovalReason): Promise<void>;
}
