import { FreshSignInRequired } from './access.problems.js';
import type { Principal } from './principal.js';

/** Maximum age of a sign-in that still proves that the owner uses the device. */
const FRESH_MS = 600_000;

/** Protects routes from finders of an unlocked device. @throws {FreshSignInRequired} */
export function requireFreshSignIn({ signedInAt, seenAt }: Principal): void {
  if (seenAt.getTime() - signedInAt.getTime() > FRESH_MS) throw new FreshSignInRequired();
}
