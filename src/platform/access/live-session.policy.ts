/**
 * SQL for whether a session is good by itself; the account has to be active besides.
 * @param session alias of the row of `sessions`
 * @param user alias of the row of `users`
 * @param at the time, an expression; the database's clock
 */
export function isGoodSession(session: string, user: string, at: string): string {
  return `${session}.created_at >= ${user}.sessions_valid_from and ${lasts(session, at)}`;
}

/** SQL for the same, together with the account. */
export function isLiveSession(session: string, user: string, at: string): string {
  return `${isGoodSession(session, user, at)} and ${user}.status = 'active'`;
}

/** SQL for whether nobody has ended a session, and no time has. */
export function lasts(session: string, at: string): string {
  return `${session}.revoked_at is null
  and ${session}.expires_at > ${at} and ${session}.idle_expires_at > ${at}`;
}
