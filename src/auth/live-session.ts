/** Whether the session `s` of the user `u` is still good, by the database's clock. */
export const IS_LIVE = `s.revoked_at is null and s.created_at >= u.sessions_valid_from
  and s.idle_expires_at > clock_timestamp() and s.expires_at > clock_timestamp()
  and u.status = 'active'`;
