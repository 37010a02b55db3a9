import type { TestDatabase } from './database.js';

/** The row of `room_tokens`; times are seconds from now by the database's clock. */
export interface TokenRow {
  readonly generation: number;
  readonly token: Buffer | null;
  readonly keyId: string | null;
  readonly fingerprint: string | null;
  readonly fence: string;
  readonly failures: number;
  readonly serveIn: number | null;
  readonly expiresIn: number | null;
  readonly leaseIn: number | null;
  readonly retryIn: number | null;
}

const within = (column: string, name: string) =>
  `extract(epoch from ${column} - clock_timestamp())::float8 as "${name}"`;

const READ = `
  select generation, token, token_key_id as "keyId", fingerprint, fence::text, failures,
         ${within('serve_until', 'serveIn')}, ${within('expires_at', 'expiresIn')},
         ${within('lease_until', 'leaseIn')}, ${within('retry_at', 'retryIn')}
    from room_tokens where room_id = $1`;

export async function tokenRowOf(database: TestDatabase, roomId: string): Promise<TokenRow> {
  const [row] = await database.query<TokenRow>(READ, [roomId]);
  if (!row) throw new Error('There is no such room.');
  return row;
}

/** Changes the row by SQL, such as `lease_until = clock_timestamp()`. */
export async function changeTokenRow(
  database: TestDatabase,
  roomId: string,
  assignments: string,
  values: unknown[] = [],
): Promise<void> {
  await database.query(`update room_tokens set ${assignments} where room_id = $1`, [
    roomId,
    ...values,
  ]);
}
