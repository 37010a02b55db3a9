import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { onlyRoomOf } from '../../platform/access/session-rights.policy.js';
import type { GuestRooms } from './guest-rooms.ports.js';

/** SQL for whether the session `s` of `u`, and its only room, are good by the database's clock. */
export function liveSessionSql(guestRooms: GuestRooms): string {
  const room = onlyRoomOf('s', 'u');
  return `${isLiveSession('s', 'u', 'clock_timestamp()')}
  and (${room} is null or ${guestRooms.isOpenSql(room)})`;
}
