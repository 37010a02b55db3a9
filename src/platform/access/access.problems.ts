import { problem, saying } from '../http/problem.js';
import { Unauthenticated, Forbidden } from '../http/problems.js';
import type { Scope } from './scope.js';

export class PasswordChangeRequired extends problem(
  403,
  'password_change_required',
  'An administrator has reset your password: choose your own with PUT /v1/me/password first.',
) {}
export class FreshSignInRequired extends problem(
  403,
  'fresh_sign_in_required',
  'This change requires that you signed in less than ten minutes ago: sign in again, and repeat the request with the new access token.',
) {}
export class AccessTokenExpired extends saying(
  Unauthenticated,
  'The access token has expired: get a new one with POST /v1/auth/refresh, and repeat the request.',
  { reason: 'expired' },
) {}
export class AccessTokenEarly extends saying(
  Unauthenticated,
  'The access token is not valid yet: get a new one with POST /v1/auth/refresh.',
  { reason: 'not_yet_valid' },
) {}
export class AccessTokenIncomplete extends saying(
  Unauthenticated,
  'The access token lacks a claim: get a new one with POST /v1/auth/refresh.',
  { reason: 'claim_missing' },
) {}
export class RouteClosed extends saying(
  Forbidden,
  'This route is closed: use another route of the reference at /docs.',
) {}
export class ClosedToGuests extends saying(
  Forbidden,
  'Guests and participant tokens may not do this: sign in with an account; administrators can create it.',
) {}
export class KeysOnly extends saying(
  Forbidden,
  'Only an API key may do this: send a key with the scope of the route as the bearer token.',
) {}
/** `scope` is the scope that the key lacks; null if the route is closed to every key. */
export class InsufficientScope extends problem(
  403,
  'insufficient_scope',
  'The API key lacks the scope that this route requires: ask an administrator to add it with PATCH /v1/api-keys/{id}.',
  { scope: 'rooms:write' },
) {
  constructor(scope: Scope | null) {
    super(
      scope === null
        ? 'This route is closed to API keys: use the access token of a person who is signed in.'
        : undefined,
      { scope },
    );
  }
}
export class AdminsOnly extends saying(
  Forbidden,
  'Only an administrator may do this: ask an administrator.',
) {}
