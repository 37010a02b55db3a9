import { FreshSignInRequired } from './access.problems.js';
import type { Principal } from './principal.js';

/** After so long, a sign-in does not prove any more that it is the owner who sits there. */
const FRESH_MS = 600_000;

/**
 * For what must not be done by somebody who found the device, at every route that does it.
 * @throws {FreshSignInRequired}
 */
export function requireFreshSignIn({ signedInAt, seenAt }: Principal): void {
  if (seenAt.getTime() - signedInAt.getTime() > FRESH_MS) throw new FreshSignInRequired();
}
