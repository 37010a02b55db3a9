import { problem } from '../common/problem.js';

export class InvalidCredentials extends problem(
  401,
  'invalid_credentials',
  'The address or the password is wrong.',
) {}
export class AccountPending extends problem(
  403,
  'account_pending',
  'An administrator has yet to approve this account.',
) {}
export class AccountDisabled extends problem(
  403,
  'account_disabled',
  'This account is disabled.',
) {}
export class RegistrationClosed extends problem(
  403,
  'registration_closed',
  'Nobody can register here.',
) {}
