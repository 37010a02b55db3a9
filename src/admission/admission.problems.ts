import { problem } from '../common/problem.js';

export class RoomNotOpen extends problem(409, 'room_not_open') {}
export class RoomClosed extends problem(409, 'room_closed') {}
export class RoomLocked extends problem(409, 'room_locked') {}
export class RoomFull extends problem(409, 'room_full') {}
export class AccessCodeRequired extends problem(403, 'access_code_required') {}
export class AccessCodeWrong extends problem(403, 'access_code_wrong') {}
