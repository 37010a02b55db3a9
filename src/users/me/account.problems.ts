import { problem, saying } from '../../platform/http/problem.js';
import { GuestLimited } from '../accounts/users.problems.js';
import { RateLimited, InvalidRequest } from '../../platform/http/problems.js';
import { RegistrationClosed } from '../sessions/auth.problems.js';

// Not 401: apps take 401 as the end of the session, and refresh or sign out.
export class CurrentPasswordWrong extends problem(
  403,
  'current_password_wrong',
  'The current password is wrong: type it again.',
) {}
export class GuestWithoutPassword extends saying(
  GuestLimited,
  'A guest has no password: send a new invite instead.',
) {}
export class ExportUnderWay extends saying(
  RateLimited,
  'Another export of yours is in progress: wait until it has ended.',
) {}
export class AddressChangesClosed extends saying(
  RegistrationClosed,
  'If registration is closed, only administrators may change e-mail addresses: ask an administrator to change yours.',
) {}
export class PasswordUnchanged extends saying(
  InvalidRequest,
  'The new password is the current password: choose another password.',
  { errors: [{ pointer: '/newPassword', detail: 'must differ from the current password' }] },
) {}
