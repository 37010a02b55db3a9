import { FreshSignInRequired } from './access.problems.js';
import type { Principal } from './principal.js';

/** Maximum age of a sign-in that still proves that the owner uses the device. */
const FRESH_MS = 600_000;

/**
 * Protects routes that a person who found an unlocked device must not be able to use.
 * @throws {FreshSignInRequired} if the sign-in is older than ten minutes
 */
export function requireFreshSignIn({ signedInAt, seenAt }: Principal): void {
  if (seenAt.getTime() - signedInAt.getTime() > FRESH_MS) throw new FreshSignInRequired();
}
