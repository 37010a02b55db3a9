/**
 * SQL that ends sessions, and the sign-ins at issuers to which they belong: their tokens stay
 * refused on every device. The caller must have locked the user in an earlier statement, so that
 * no session of these sign-ins is opened in the meantime. Returns the ids of the ended sessions.
 * Inserts a sign-in that is missing, because unused sign-ins are purged, and a session may last.
 * @param chosen query of `id` and `sign_in_key`
 */
export function endingOf(chosen: string): string {
  return `with chosen as materialized (${chosen}),
     sign_ins as (
       insert into issuer_sign_ins (key, ended_at)
       select sign_in_key, clock_timestamp() from chosen
        where sign_in_key is not null group by sign_in_key
           on conflict (key) do update set ended_at = clock_timestamp()
       returning key)
   update sessions set revoked_at = clock_timestamp()
    where revoked_at is null
      and id = any (array(
            select id from chosen
            union select s.id from sessions s join sign_ins on sign_ins.key = s.sign_in_key))
   returning id`;
}
