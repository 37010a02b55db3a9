import type { KeyObject } from 'node:crypto';
import type { Principal } from './principal.js';

/** A session with its user. The last fields concern sessions of issuers' tokens only. */
export interface LiveSession extends Principal {
  /** When the newest token was issued. */
  readonly tokenIssuedAt: Date | null;
  /** The sign-in ended at this time, and was opened again by a later sign-in at the issuer. */
  readonly endedBefore: Date | null;
  readonly endsAt: Date;
  /** When the token was issued that decided the role; null if no token did. */
  readonly roleDecidedAt: Date | null;
}

/** Finds live sessions: not signed out, not expired, and of an active user. */
export abstract class LiveSessions {
  abstract findLive(sessionId: string): Promise<LiveSession | undefined>;
}

export abstract class VerificationKeys {
  abstract find(keyId: string): KeyObject | undefined;
  /** Looks a key up in the database that another replica may have made in the meantime. */
  abstract seek(keyId: string): Promise<KeyObject | undefined>;
  abstract readonly issuer: string;
}

export const AUDIENCE = 'latchkey';
