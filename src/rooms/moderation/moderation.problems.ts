import { problem } from '../../platform/http/problem.js';

export class AdminNotBannable extends problem(
  409,
  'admin_not_bannable',
  'Administrators cannot be banned: take the role from this one first.',
) {}
