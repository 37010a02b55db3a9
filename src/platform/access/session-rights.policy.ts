import { ORDINARY_GLOBAL_ROLE } from './global-role.js';

// A session for one room opens that room only, and with the rights of an ordinary user, whatever
// the user may do elsewhere: the backend that holds its token did not sign the user in.

/** `own`: a sign-in here; `issuer`: a sign-in at an issuer; `participant`: for one room. */
export const SESSION_KINDS = ['own', 'issuer', 'participant'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];
export const OF_PARTICIPANT: SessionKind = 'participant';

/** SQL for the only room of a session `session` of `user`; null if it may see every room. */
export function onlyRoomOf(session: string, user: string): string {
  return `coalesce(${session}.room_id, ${user}.guest_room_id)`;
}

/** SQL for the role of `user` in the session `session`. */
export function roleInSession(session: string, user: string): string {
  return `case when ${session}.room_id is null then ${user}.role else '${ORDINARY_GLOBAL_ROLE}' end`;
}
