import { problem } from '../common/problem.js';

export class InviteInvalid extends problem(
  403,
  'invite_invalid',
  'There is no such invite, or it cannot be used any more.',
) {}
export class Banned extends problem(403, 'banned', 'You are banned from this room.', {
  bannedUntil: new Date('2031-06-06T18:00:00Z'),
}) {}
export class RoomNotOpen extends problem(409, 'room_not_open', 'The room is not open yet.', {
  opensAt: new Date('2031-05-30T18:00:00Z'),
}) {}
export class RoomClosed extends problem(409, 'room_closed', 'The room is closed.') {}
export class RoomLocked extends problem(
  409,
  'room_locked',
  'The room is locked; nobody new may enter.',
) {}
export class RoomFull extends problem(409, 'room_full', 'All seats are taken.') {}
export class AccessCodeRequired extends problem(
  403,
  'access_code_required',
  'The room asks for an access code.',
) {}
export class AccessCodeWrong extends problem(
  403,
  'access_code_wrong',
  'The access code is wrong.',
) {}
