/** SQL for whether a session itself is good; the account must be active too. */
export function isGoodSession(session: string, user: string, at: string): string {
  return `${session}.created_at >= ${user}.sessions_valid_from and ${lasts(session, at)}`;
}

export function isLiveSession(session: string, user: string, at: string): string {
  return `${isGoodSession(session, user, at)} and ${user}.status = 'active'`;
}

export function lasts(session: string, at: string): string {
  return `${session}.revoked_at is null
  and ${session}.expires_at > ${at} and ${session}.idle_expires_at > ${at}`;
}
