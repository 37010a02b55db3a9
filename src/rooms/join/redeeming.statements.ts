import { usable } from '../entry/invite.policy.js';

// A part of the statements that seat a person whom an invite makes a member, after `decided`.

// A statement that waited for the invite's row checks it again, so that it is never used too often.
// The session is locked before the user, as in the deletion of a user.
export const REDEEMING = `
  present as (
    select id from sessions where id in (select session from asked) for key share
  ),
  redeemed as (
    update invites i set uses = i.uses + 1, last_used_at = clock_timestamp()
      from decided d, present
     where d.admitted and i.id = d.invite and i.room_id = d.room and ${usable('i')}
    returning i.id, i.room_id, i.role, d.person
  ),
  joined as (
    insert into members (room_id, user_id, role, invite_id)
    select room_id, person, role, id from redeemed
    returning user_id
  ),`;
