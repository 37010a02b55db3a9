import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { phaseOf } from '../../rooms/settings/room.phase.js';

/**
 * Whether the session `s` of the user `u` is still good, by the database's clock. A guest's is not
 * while his room is closed, by hand or by the clock, or deleted.
 */
export const IS_LIVE = `${isLiveSession('s', 'u', 'clock_timestamp()')}
  and (u.guest_room_id is null or exists (
    select from rooms r where r.id = u.guest_room_id and r.deleted_at is null
       and ${phaseOf('r', 'clock_timestamp()')} <> 'closed'))`;
