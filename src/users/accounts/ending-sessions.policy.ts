/**
 * SQL that ends sessions, and the sign-ins at issuers to which they belong: their tokens stay
 * refused on every device. The caller must have locked the user in an earlier statement, so that
 * no session of these sign-ins is opened in the meantime. Returns the ids of the ended sessions.
 * The end is not before the newest token, because the clock of the issuer may be ahead.
 * Inserts a sign-in that is missing, because unused sign-ins are purged, and a session may last.
 * @param chosen query of `id` and `sign_in_key`
 */
export function endingOf(chosen: string): string {
  return `with chosen as materialized (${chosen}),
     sign_ins as (
       insert into issuer_sign_ins (key, ended_at)
       select s.sign_in_key, greatest(clock_timestamp(), max(s.token_issued_at))
         from sessions s
        where s.sign_in_key = any (array(
                select sign_in_key from chosen where sign_in_key is not null))
        group by s.sign_in_key
           on conflict (key) do update set ended_at = excluded.ended_at
       returning key)
   update sessions set revoked_at = clock_timestamp()
    where revoked_at is null
      and id = any (array(
            select id from chosen
            union select s.id from sessions s join sign_ins on sign_ins.key = s.sign_in_key))
   returning id`;
}
