import type { TestDatabase } from './database.js';

/** A signing key's row; its time as seconds from now by the database's clock. */
export interface SigningKeyRow {
  readonly id: string;
  readonly isNewest: boolean;
  readonly usedIn: number;
}

/** In the order in which they are used. */
export function signingKeysOf(database: TestDatabase): Promise<SigningKeyRow[]> {
  return database.query<SigningKeyRow>(
    `select id, is_current as "isNewest",
            extract(epoch from used_from - clock_timestamp())::float8 as "usedIn"
       from server_keys where purpose = 'signing' order by used_from`,
  );
}

/** Lets the newest key be used from so many seconds from now on. */
export async function useNewestFrom(database: TestDatabase, seconds: number): Promise<void> {
  await database.query(
    `update server_keys set used_from = clock_timestamp() + make_interval(secs => $1)
      where purpose = 'signing' and is_current`,
    [seconds],
  );
}
