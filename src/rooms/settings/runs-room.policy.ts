import { isAboveBans, runsAllRooms } from '../../platform/access/global-role.js';
import { runsRoom } from '../room-role.js';
import type { Viewer, VisibleRoom } from './rooms.repository.js';

/** Whether a person is an administrator, or runs the room as a member who is not banned from it. */
export function mayRun(
  { memberRole, isBanned }: Pick<VisibleRoom, 'memberRole' | 'isBanned'>,
  { role }: Pick<Viewer, 'role'>,
): boolean {
  return (runsAllRooms(role) || runsRoom(memberRole)) && (!isBanned || isAboveBans(role));
}
