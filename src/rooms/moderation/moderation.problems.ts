import { problem, saying } from '../../platform/http/problem.js';
import { NotFound, Forbidden, InvalidRequest } from '../../platform/http/problems.js';

export class AdminNotBannable extends problem(
  409,
  'admin_not_bannable',
  'Administrators cannot be banned: take the role from this one first.',
) {}
export class NobodyToKick extends saying(
  NotFound,
  'This user is not in the room: check the id; the participants of the room are listed.',
) {}
export class NoSuchBan extends saying(
  NotFound,
  'This user is not banned from the room: check the id; the bans of the room are listed.',
) {}
export class BanOfHost extends saying(
  Forbidden,
  'Only an administrator decides on a ban of a host: ask one.',
) {}
export class BanOfAdministrator extends saying(
  Forbidden,
  'An administrator has set this ban: only an administrator changes or lifts it; ask one.',
) {}
export class BanInThePast extends saying(
  InvalidRequest,
  'The ban would have ended already: until must lie in the future.',
  { errors: [{ pointer: '/until', detail: 'must lie ahead, or be null' }] },
) {}
