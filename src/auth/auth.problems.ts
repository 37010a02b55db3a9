import { problem } from '../common/problem.js';

export class InvalidCredentials extends problem(401, 'invalid_credentials') {}
export class AccountPending extends problem(403, 'account_pending') {}
export class AccountDisabled extends problem(403, 'account_disabled') {}
export class RegistrationClosed extends problem(403, 'registration_closed') {}
