import { problem } from '../../platform/http/problem.js';

export class EmailTaken extends problem(
  409,
  'email_taken',
  'Another user has this e-mail address: use another one, or sign in.',
) {}
export class GuestLimited extends problem(
  409,
  'guest_limited',
  'A guest can be no more than a guest of one room: let the person open an account.',
) {}
export class LastAdmin extends problem(
  409,
  'last_admin',
  'Nobody could administer the server any more: make another user an administrator first.',
) {}
