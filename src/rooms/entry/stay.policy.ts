import { isAboveBans, runsAllRooms } from '../../platform/access/global-role.js';
import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { onlyRoomOf, roleInSession } from '../../platform/access/session-rights.policy.js';
import { isBanned } from '../settings/ban.policy.js';
import { phaseOf } from '../settings/room.phase.js';

/**
 * SQL that finds a row if a person may stay: `refusalToStay`, with their session and account.
 * `seat` is the alias of a row with `room_id, user_id, session_id`, and `at` the database's time.
 */
export function stayingOf(seat: string, at: string): string {
  const role = roleInSession('x', 'u');
  // The offset forces a look-up by id; otherwise Postgres might scan another index completely.
  return `select r.id
    from (select * from rooms where id = ${seat}.room_id offset 0) r
    join sessions x on x.id = ${seat}.session_id
    join users u on u.id = x.user_id and u.id = ${seat}.user_id
   where r.deleted_at is null
     and ${isLiveSession('x', 'u', at)}
     and coalesce(${onlyRoomOf('x', 'u')} = r.id, true)
     and (${runsAllRooms.sql(role)}
          or (${phaseOf('r', at)} <> 'closed'
              and (r.access = 'users' and u.guest_room_id is null
                   or exists (select from members m where m.room_id = r.id and m.user_id = u.id))))
     and (${isAboveBans.sql(role)}
          or not ${isBanned('r.id', 'u.id', at)})`;
}
