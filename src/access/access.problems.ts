import { problem } from '../common/problem.js';

export class PasswordChangeRequired extends problem(
  403,
  'password_change_required',
  'An administrator has set this password: choose your own with PUT /v1/me/password first.',
) {}
