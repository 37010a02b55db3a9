import { problem, saying } from '../../platform/http/problem.js';
import { NotFound, Forbidden, InvalidRequest } from '../../platform/http/problems.js';

export class AdminNotBannable extends problem(
  409,
  'admin_not_bannable',
  'Administrators cannot be banned: remove the role admin from this user first.',
) {}
export class NobodyToKick extends saying(
  NotFound,
  'This user is not in the room: check the id; GET /v1/rooms/{room}/participants lists every participant.',
) {}
export class NoSuchBan extends saying(
  NotFound,
  'This user is not banned from the room: check the id; GET /v1/rooms/{room}/bans lists every ban.',
) {}
export class BanOfHost extends saying(
  Forbidden,
  'Only administrators may ban a host, or lift a ban on a host: ask an administrator.',
) {}
export class BanOfAdministrator extends saying(
  Forbidden,
  'An administrator has set this ban: ask an administrator to change or lift it.',
) {}
export class BanInThePast extends saying(
  InvalidRequest,
  'The ban would have ended already: the field until must be in the future.',
  { errors: [{ pointer: '/until', detail: 'must be in the future, or null' }] },
) {}
