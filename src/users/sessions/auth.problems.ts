import { problem } from '../../platform/http/problem.js';

export class InvalidCredentials extends problem(
  401,
  'invalid_credentials',
  'The e-mail address or the password is wrong: type both again.',
) {}
export class AccountPending extends problem(
  403,
  'account_pending',
  'An administrator has yet to approve this account: wait for it, or ask one.',
) {}
export class AccountDisabled extends problem(
  403,
  'account_disabled',
  'This account is disabled: ask an administrator.',
) {}
export class RegistrationClosed extends problem(
  403,
  'registration_closed',
  'Nobody can register here: ask an administrator to make the account.',
) {}
