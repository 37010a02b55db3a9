import { requireFreshSignIn } from '../../platform/access/fresh-sign-in.policy.js';
import type { Principal } from '../../platform/access/principal.js';
import type { ChangeUser } from './user.schema.js';
import { OwnAddress, OwnPassword } from './users.problems.js';

// What administrators may do to their own account at the routes for the accounts of others: no more
// than at `/v1/me`, or a stolen access token would be worth the account.

/**
 * @throws {Forbidden} for an address
 * @throws {FreshSignInRequired} for another role or status, which can end the account's use as
 * deleting it does
 */
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
