import { usable } from '../admission/invite.policy.js';
import type { Seated } from './seating.repository.js';

/**
 * SQL that uses an invite for a seat: counts it, and makes the person a member. Whoever waited for
 * the invite's row looks at it again, so that it is never used once too often. The session is locked
 * before the user, as whoever deletes a user does.
 * @param invite placeholder of the invite's id
 */
export function redeeming(invite: string): string {
  return `
  present as (select id from sessions where id = $3 for key share),
  redeemed as (
    update invites i set uses = i.uses + 1, last_used_at = clock_timestamp()
      from admitted a, present
     where i.id = ${invite} and i.room_id = a.id and ${usable('i')}
    returning i.id, i.room_id, i.role
  ),
  joined as (
    insert into members (room_id, user_id, role, invite_id)
    select room_id, $2, role, id from redeemed
    returning user_id
  ),`;
}

/** Takes back a transaction whose seat was not given, and with it the use of the invite. */
export class NotSeated extends Error {
  override readonly name = 'NotSeated';

  constructor(readonly outcome: Seated) {
    super('no seat was given');
  }
}
