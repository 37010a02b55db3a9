import { isLiveSession } from '../../platform/access/live-session.policy.js';
import type { GuestRooms } from './guest-rooms.ports.js';

/** SQL for whether the session `s` of `u`, and a guest's room, are good by the database's clock. */
export function liveSessionSql(guestRooms: GuestRooms): string {
  return `${isLiveSession('s', 'u', 'clock_timestamp()')}
  and (u.guest_room_id is null or ${guestRooms.isOpenSql('u.guest_room_id')})`;
}
