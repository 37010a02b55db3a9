/**
 * SQL for whether a session itself is good; the account must be active too.
 * @param session alias of the row of `sessions`
 * @param user alias of the row of `users`
 * @param at an expression for the time, by the database's clock
 */
export function isGoodSession(session: string, user: string, at: string): string {
  return `${session}.created_at >= ${user}.sessions_valid_from and ${lasts(session, at)}`;
}

/** SQL for whether a session is good and its account active. */
export function isLiveSession(session: string, user: string, at: string): string {
  return `${isGoodSession(session, user, at)} and ${user}.status = 'active'`;
}

/** SQL for whether a session was not revoked and has not expired. */
export function lasts(session: string, at: string): string {
  return `${session}.revoked_at is null
  and ${session}.expires_at > ${at} and ${session}.idle_expires_at > ${at}`;
}
