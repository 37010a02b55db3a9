import { problem } from '../../platform/http/problem.js';

// Not 401: that means a session that has ended, and apps answer it by refreshing or signing out.
export class CurrentPasswordWrong extends problem(
  403,
  'current_password_wrong',
  'The current password is wrong: type it again.',
) {}
