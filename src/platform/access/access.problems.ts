import { problem } from '../http/problem.js';

export class PasswordChangeRequired extends problem(
  403,
  'password_change_required',
  'An administrator has set this password: choose your own with PUT /v1/me/password first.',
) {}
export class FreshSignInRequired extends problem(
  403,
  'fresh_sign_in_required',
  'This needs a sign-in of the last ten minutes: sign in again, and repeat the request with the new access token.',
) {}
