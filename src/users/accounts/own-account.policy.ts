import { requireFreshSignIn } from '../../platform/access/fresh-sign-in.policy.js';
import type { Principal } from '../../platform/access/principal.js';
import { Forbidden } from '../../platform/http/problems.js';
import type { ChangeUser } from './user.schema.js';

// What administrators may do to their own account at the routes for the accounts of others: no more
// than at `/v1/me`, or a stolen access token would be worth the account.

/**
 * @throws {Forbidden} for an address
 * @throws {FreshSignInRequired} for another role or status, which can end the account's use as
 * deleting it does
 */
export function refuseToChange(id: string, wish: ChangeUser, caller: Principal): void {
  if (id !== caller.userId) return;
  if (wish.email !== undefined)
    throw new Forbidden('This account is your own: use PATCH /v1/me to change its address.');
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
  throw new Forbidden(
    'This account is your own: use PUT /v1/me/password, which asks for the current password.',
  );
}
