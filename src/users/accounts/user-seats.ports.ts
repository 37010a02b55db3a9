import type { Transaction } from '../../platform/database/database.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';

/** Selects a user's seats: all, of a sign-in, or in a room. */
export interface Whose {
  readonly userId: string;
  readonly sessionId?: string;
  readonly roomId?: string;
}

/** The seats of users; `rooms` implements this. */
export abstract class UserSeats {
  /** Writes no events: they would lock the feeds, to which these sign-ins can no longer listen. */
  abstract endSeatsOfSessions(
    transaction: Transaction,
    sessionIds: readonly string[],
  ): Promise<void>;

  /** Ends the user's seats in rooms that admit only members, if the user is not a member. */
  abstract endSeatsOfStrangers(
    transaction: Transaction,
    whose: { readonly userId: string },
  ): Promise<void>;

  /** Ends the user's seats, with events; must be the last call of the transaction. */
  abstract remove(transaction: Transaction, whose: Whose, reason: RemovalReason): Promise<void>;
}
