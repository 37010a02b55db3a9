import type { Actor } from '../../platform/audit/audit.service.js';

/** A token as it is stored: the same for everybody of its generation. */
export interface StoredToken {
  readonly text: string;
  readonly generation: number;
  readonly fingerprint: string;
  readonly serveUntil: Date;
  readonly expiresAt: Date;
}

/** How long a re-key of a room has to wait, in seconds; 0 for not at all. */
export interface RekeyWait {
  /** Until the pause after the last re-key ends. */
  readonly pausedSeconds: number;
  /** Until the source may be asked again after a failure. */
  readonly coolingSeconds: number;
}

/** What one read of a room's row says, all of it by the database's clock. */
export type RoomState =
  | ({ readonly kind: 'live'; readonly token: StoredToken } & RekeyWait)
  /** The stored token cannot be decrypted; never a reason to open a new session. */
  | ({ readonly kind: 'unreadable'; readonly generation: number } & RekeyWait)
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'cold';
      readonly leased: boolean;
      /** Seconds until somebody may ask the source again; 0 when at once. */
      readonly coolingSeconds: number;
    };

/** Somebody's wish to end a generation before its time, for everybody. */
export interface Rekey {
  /** The one that shall end, and no other. */
  readonly generation: number;
  readonly reason: string;
  readonly actor: Actor;
  /** Because of whom, where it is about somebody. */
  readonly userId?: string;
}

/** The right to mint, for a time: the number of its term, and the generation that it found. */
export interface Lease {
  readonly roomId: string;
  readonly fence: string;
  readonly generation: number;
  /** What it was acquired for, if the room was live. */
  readonly rekey?: Rekey;
}

export interface Publication {
  readonly text: string;
  /** Seconds from now; measured when the statement is sent. */
  readonly serveSeconds: number;
  readonly lifeSeconds: number;
}

/** The rows of `room_tokens`, one autocommit statement each. The fence alone guards every write. */
export abstract class TokenStore {
  abstract read(roomId: string): Promise<RoomState>;
  /**
   * Undefined if the room is live, leased or cooling down.
   * @param rekey acquires a room that is live, if the generation is the named one and the pause after
   *   the last re-key is over
   */
  abstract acquire(roomId: string, rekey?: Rekey): Promise<Lease | undefined>;
  /** Undefined if the term has ended: the token must be thrown away. */
  abstract publish(lease: Lease, token: Publication): Promise<number | undefined>;
  /** Whether this term's token is the one that is stored; for a publish whose answer was lost. */
  abstract hasPublished(lease: Lease, text: string): Promise<boolean | 'still leased'>;
  /** Ends the term and has everybody wait, the longer the more failures there were in a row. */
  abstract fail(lease: Lease, retryAfterSeconds: number): Promise<void>;
  /** Ends the term; somebody else may mint at once. */
  abstract release(lease: Lease): Promise<void>;
}
