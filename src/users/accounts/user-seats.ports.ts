import type { Transaction } from '../../platform/database/database.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';

/** Whose seats: a user's, or those of one sign-in; in all rooms, or in one. */
export interface Whose {
  readonly userId: string;
  readonly sessionId?: string;
  readonly roomId?: string;
}

/** The seats that users hold in rooms, which end with their right to them. Rooms fulfil this. */
export abstract class UserSeats {
  /**
   * Ends the seats of sign-ins that end. Nobody is told: their feeds end because they have no right
   * to listen, and an event would lock the feeds of their rooms.
   */
  abstract endSeatsOfSessions(
    transaction: Transaction,
    sessionIds: readonly string[],
  ): Promise<void>;

  /** Ends the user's seats in rooms that admit members only, of which the user is no member. */
  abstract endSeatsOfStrangers(
    transaction: Transaction,
    whose: { readonly userId: string },
  ): Promise<void>;

  /**
   * Ends the user's seats, with an event in each of the rooms. To be called last in the transaction
   * that takes the right away.
   */
  abstract remove(transaction: Transaction, whose: Whose, reason: RemovalReason): Promise<void>;
}
