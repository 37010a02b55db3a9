/**
 * SQL for whether a session is good by itself; the account has to be active besides.
 * @param session alias of the row of `sessions`
 * @param user alias of the row of `users`
 * @param at the time, an expression; the database's clock
 */
export function isGoodSession(session: string, user: string, at: string): string {
  return `${session}.revoked_at is null and ${session}.created_at >= ${user}.sessions_valid_from
  and ${session}.expires_at > ${at} and ${session}.idle_expires_at > ${at}`;
}
