import type { Actor } from '../../platform/audit/audit.service.js';

export interface StoredToken {
  readonly text: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly serveUntil: Date;
  readonly expiresAt: Date;
}

/** How long a re-key of a room has to wait, in seconds; 0 if it need not wait. */
export interface RekeyWait {
  /** Until the pause after the last re-key ends. */
  readonly pausedSeconds: number;
  /** Until the source may be called again after a failure. */
  readonly coolingSeconds: number;
}

/** The state of a room's row at a read, by the database's clock. */
export type RoomState =
  | ({ readonly kind: 'live'; readonly token: StoredToken } & RekeyWait)
  /** The stored token cannot be decrypted; this is never a reason to open a new session. */
  | ({ readonly kind: 'unreadable'; readonly generation: number } & RekeyWait)
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'cold';
      readonly leased: boolean;
      /** Seconds until the source may be called again; 0 if it may be called now. */
      readonly coolingSeconds: number;
    };

export interface Rekey {
  readonly generation: number;
  readonly reason: string;
  readonly actor: Actor;
  /** The user that caused the request, if any. */
  readonly userId?: string;
}

/** The right to mint for a limited time: its term (the fence), and the current generation. */
export interface Lease {
  readonly roomId: string;
  readonly fence: string;
  readonly generation: number;
  /** The re-key that it was acquired for, if the room was live. */
  readonly rekey?: Rekey;
}

export interface Publication {
  readonly text: string;
  /** Seconds from now; measured when the statement is sent. */
  readonly serveSeconds: number;
  readonly lifeSeconds: number;
}

/** The rows of `room_tokens`; every write is an autocommit statement guarded by the fence. */
export abstract class TokenStore {
  abstract read(roomId: string): Promise<RoomState>;
  /**
   * Returns undefined if the room is live, leased or cooling down. A `rekey` also gets the lease of
   * a live room, if the generation is the named one and the pause has ended.
   */
  abstract acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined>;
  /** Publishes a token; returns undefined if the term has ended: the token must be discarded. */
  abstract publish(lease: Lease, token: Publication): Promise<number | undefined>;
  /** Whether the stored token is this term's; for a publish whose answer was lost. */
  abstract hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'>;
  /** Ends the term with a cool-down, which grows with the number of failures in a row. */
  abstract fail(lease: Lease, retryAfterSeconds: number): Promise<void>;
  /** Ends the term; another replica or request may mint immediately. */
  abstract release(lease: Lease): Promise<void>;
}
