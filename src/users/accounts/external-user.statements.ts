/**
 * SQL that inserts an external user; if the identity belonged to a deleted user, they return with
 * their bans, and disabled if they were. Inserts nothing if another user has the identity, or if
 * the deleted user's data is not erased yet. The alias of the row is `u`.
 * @param source query of the columns below, in this order
 */
export function insertingExternal(source: string): string {
  return `insert into users as u (id, kind, issuer, external_id, identity_key, display_name,
            search_key, role, role_decided_at, status, first_seen_at)
     ${source}
     on conflict (identity_key) do update
        set issuer = excluded.issuer, external_id = excluded.external_id,
            display_name = excluded.display_name, search_key = excluded.search_key,
            role = excluded.role, role_decided_at = excluded.role_decided_at,
            status = case when u.stays_disabled then 'disabled' else excluded.status end,
            first_seen_at = excluded.first_seen_at, stays_disabled = false,
            created_at = clock_timestamp(), sessions_valid_from = clock_timestamp(),
            deleted_at = null, erased_at = null
      where u.erased_at is not null`;
}
