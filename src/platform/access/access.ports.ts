import type { KeyObject } from 'node:crypto';
import type { Principal } from './principal.js';

/** Finds live sessions: not signed out, not expired, and of an active user. */
export abstract class LiveSessions {
  abstract findLive(sessionId: string): Promise<Principal | undefined>;
}

export abstract class VerificationKeys {
  abstract find(keyId: string): KeyObject | undefined;
  /** Looks a key up in the database that another replica may have made in the meantime. */
  abstract seek(keyId: string): Promise<KeyObject | undefined>;
  abstract readonly issuer: string;
}

export const AUDIENCE = 'latchkey';
