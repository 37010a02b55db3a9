import { isLiveSession } from '../../platform/access/live-session.policy.js';
import type { GuestRooms } from './guest-rooms.ports.js';

/**
 * SQL for whether the session `s` of the user `u` is still good, by the database's clock. A guest's
 * session depends on the guest's room too.
 */
export function liveSessionSql(guestRooms: GuestRooms): string {
  return `${isLiveSession('s', 'u', 'clock_timestamp()')}
  and (u.guest_room_id is null or ${guestRooms.isOpenSql('u.guest_room_id')})`;
}
