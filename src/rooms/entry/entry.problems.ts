import { otherThan } from '../../platform/http/credential-forms.js';
import { problem, saying } from '../../platform/http/problem.js';
import { NotFound, Forbidden, InvalidRequest, Overloaded } from '../../platform/http/problems.js';
import { GuestLimited } from '../../users/accounts/users.problems.js';

export class InviteInvalid extends problem(
  403,
  'invite_invalid',
  'The invite does not exist, or can no longer be used: check the code, or ask for a new invite.',
) {}
/** A hint about a text that does not have the form of an invite code; empty if it does. */
export function hintAtInvite(code: string): string {
  const other = otherThan('invite code', code);
  return other === undefined
    ? ''
    : ` The text in inviteCode is ${other}: send only the code of the invite, which begins with lki_.`;
}
/** Refuses an unusable code in the same words, whatever the reason. */
export class InviteCodeInvalid extends InviteInvalid {
  constructor(code: string) {
    super(`${InviteInvalid.example.detail}${hintAtInvite(code)}`);
  }
}
export class Banned extends problem(
  403,
  'banned',
  'You are banned from this room: come back at bannedUntil, or ask its hosts.',
  {
    bannedUntil: new Date('2031-06-06T18:00:00Z'),
  },
) {}
export class RoomNotOpen extends problem(
  409,
  'room_not_open',
  'The room is not open yet: join again at opensAt.',
  {
    opensAt: new Date('2031-05-30T18:00:00Z'),
  },
) {}
export class RoomClosed extends problem(
  409,
  'room_closed',
  'The room is closed: ask an administrator or a host to open it again.',
) {}
export class RoomLocked extends problem(
  409,
  'room_locked',
  'The room is locked: people inside stay, and only hosts and administrators can enter; ask a host to unlock it.',
) {}
export class RoomFull extends problem(
  409,
  'room_full',
  'All seats of the room are taken: try again after retryAfter seconds, when a person may have left.',
  { retryAfter: 10 },
) {}
export class AccessCodeRequired extends problem(
  403,
  'access_code_required',
  'The room requires an access code: join with accessCode.',
) {}
export class AccessCodeWrong extends problem(
  403,
  'access_code_wrong',
  'The access code is wrong: type it again; upper and lower case are different.',
) {}
export class NoSuchMember extends saying(
  NotFound,
  'This user is no member of the room: check the id; GET /v1/rooms/{room}/members lists every member.',
) {}
export class NoSuchInvite extends saying(
  NotFound,
  'The room has no such invite: check the id; GET /v1/rooms/{room}/invites lists every invite.',
) {}
export class RoleOfHost extends saying(
  Forbidden,
  'Only administrators may remove the role host from another person: ask an administrator.',
) {}
export class GuestIsNoHost extends saying(
  GuestLimited,
  'A guest belongs to one room, and cannot be a host: ask the person to register an account.',
) {}
/** Names every faulty line of a list of members. */
export class MembersNotValid extends saying(
  InvalidRequest,
  'The list of members is not valid, and nothing was changed: check the places that errors names, and send the whole list again.',
  { errors: [{ pointer: '/items/3/userId', detail: 'is not the id of a user' }] },
) {}
export class FormerAccountsRemain extends saying(
  Overloaded,
  'The former accounts of the people that errors names are still being deleted, and nothing was changed: send the whole list again after retryAfter seconds.',
  {
    retryAfter: 1,
    errors: [{ pointer: '/items/3/externalId', detail: 'belongs to an account in deletion' }],
  },
) {}
export class InviteInThePast extends saying(
  InvalidRequest,
  'The invite is not valid: expiresAt must be in the future.',
  {
    errors: [{ pointer: '/expiresAt', detail: 'must be in the future' }],
  },
) {}
