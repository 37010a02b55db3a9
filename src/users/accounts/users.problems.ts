import { problem, saying } from '../../platform/http/problem.js';
import { RateLimited, Overloaded, Forbidden } from '../../platform/http/problems.js';

export class EmailTaken extends problem(
  409,
  'email_taken',
  'Another user has this e-mail address: use another address, or sign in.',
) {}
export class GuestLimited extends problem(
  409,
  'guest_limited',
  'A guest can enter only the room of the invite: ask the person to register an account.',
) {}
export class LastAdmin extends problem(
  409,
  'last_admin',
  'This is the last administrator: make another user an administrator first.',
) {}
export class SignInsUnderWay extends saying(
  RateLimited,
  'Too many sign-ins to this account are in progress: wait for their answers, and try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class TooManySignIns extends saying(
  Overloaded,
  'Too many people are signing in at the same time: try again after retryAfter seconds.',
  { retryAfter: 2 },
) {}
export class GuestStaysGuest extends saying(
  GuestLimited,
  'A guest cannot have an e-mail address or be an administrator: ask the person to register an account.',
) {}
export class OwnAddress extends saying(
  Forbidden,
  'This account is your own: use PATCH /v1/me to change its e-mail address.',
) {}
export class OwnPassword extends saying(
  Forbidden,
  'This account is your own: use PUT /v1/me/password, which requires the current password.',
) {}
