import type { TestDatabase } from './database.js';

/** A signing key's row; times are seconds from now by the database's clock. */
export interface SigningKeyRow {
  readonly id: string;
  readonly isNewest: boolean;
  readonly usedIn: number;
}

/** Returns the rows in the order in which the keys are used. */
export function signingKeysOf(database: TestDatabase): Promise<SigningKeyRow[]> {
  return database.query<SigningKeyRow>(
    `select id, is_current as "isNewest",
            extract(epoch from used_from - clock_timestamp())::float8 as "usedIn"
       from server_keys where purpose = 'signing' order by used_from`,
  );
}

/** Makes the newest key usable from so many seconds from now. */
export async function useNewestFrom(database: TestDatabase, seconds: number): Promise<void> {
  await database.query(
    `update server_keys set used_from = clock_timestamp() + make_interval(secs => $1)
      where purpose = 'signing' and is_current`,
    [seconds],
  );
}
