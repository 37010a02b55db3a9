import type { KeyObject } from 'node:crypto';
import type { Principal } from './principal.js';

/** Who holds a session that is still good: not signed out, not run out, its user active. */
export abstract class LiveSessions {
  abstract findLive(sessionId: string): Promise<Principal | undefined>;
}

/** The public keys that sign our access tokens, by `kid`. */
export abstract class VerificationKeys {
  abstract find(keyId: string): KeyObject | undefined;
  /** Asks whether a key that is not known here has been made elsewhere meanwhile. */
  abstract seek(keyId: string): Promise<KeyObject | undefined>;
  abstract readonly issuer: string;
}

/** Who our access tokens are for (`aud`). */
export const AUDIENCE = 'latchkey';
