import { problem, saying } from '../../platform/http/problem.js';
import { IdempotencyKeyReused } from '../../platform/idempotency/idempotency.problems.js';
import { NotFound, Unauthenticated } from '../../platform/http/problems.js';

export class InvalidCredentials extends problem(
  401,
  'invalid_credentials',
  'The e-mail address or the password is wrong: type both again.',
) {}
export class AccountPending extends problem(
  403,
  'account_pending',
  'This account waits for the approval of an administrator: ask an administrator to approve it.',
) {}
export class AccountDisabled extends problem(
  403,
  'account_disabled',
  'This account is disabled: ask an administrator to enable it.',
) {}
export class RegistrationClosed extends problem(
  403,
  'registration_closed',
  'Registration is closed: ask an administrator to create an account for you.',
) {}
export class SignInKeySpent extends saying(
  IdempotencyKeyReused,
  'The sign-in that this Idempotency-Key created has ended, or its tokens were already used: use these tokens, or send a new request with a new key.',
) {}
export class NoSuchSession extends saying(
  NotFound,
  'You have no such session: check the id; GET /v1/me/sessions lists your sessions.',
) {}
export class RefreshTokenInvalid extends saying(
  Unauthenticated,
  'The refresh token is no longer valid: sign in again.',
) {}
