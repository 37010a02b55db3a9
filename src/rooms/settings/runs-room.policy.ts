import type { Viewer, VisibleRoom } from './rooms.repository.js';

/** Whether somebody is an administrator, or a host of the room who is not banned from it. */
export function runsRoom(
  { memberRole, isBanned }: Pick<VisibleRoom, 'memberRole' | 'isBanned'>,
  { role }: Pick<Viewer, 'role'>,
): boolean {
  return role === 'admin' || (memberRole === 'host' && !isBanned);
}
