import { requireFreshSignIn } from '../../platform/access/fresh-sign-in.policy.js';
import type { Principal } from '../../platform/access/principal.js';
import type { ChangeUser } from './user.schema.js';
import { OwnAddress, OwnPassword } from './users.problems.js';

// Here too, administrators may do no more to their own account than at `/v1/me`; otherwise a stolen
// access token would be enough to take the account over.

/** @throws {Forbidden} for an address; {FreshSignInRequired} for a different role or status */
export function refuseToChange(id: string, wish: ChangeUser, caller: Principal): void {
  if (id !== caller.userId) return;
  if (wish.email !== undefined) throw new OwnAddress();
  const { role = caller.role, status = 'active' } = wish;
  if (role !== caller.role || status !== 'active') requireFreshSignIn(caller);
}

/** @throws {FreshSignInRequired} */
export function refuseToDelete(id: string, caller: Principal): void {
  if (id === caller.userId) requireFreshSignIn(caller);
}

/** @throws {Forbidden} */
export function refuseToReset(id: string, caller: Principal): void {
  if (id !== caller.userId) return;
  throw new OwnPassword();
}
