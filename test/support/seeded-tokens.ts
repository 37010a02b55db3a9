import { Keyring } from '../../src/platform/keyring/keyring.js';
import { roomTokenContext } from '../../src/platform/keyring/encryption-contexts.js';
import { testConfig } from './config.js';
import type { TestDatabase } from './database.js';

/** Returns a keyring with these keys. */
export function keyringOf(...keys: string[]): Keyring {
  return new Keyring(testConfig({ SECRET_KEYS: keys.join(',') }));
}

/** Creates rooms, each with a dead token whose text is the id of its room. */
export async function seedTokens(
  database: TestDatabase,
  keyring: Keyring,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  await database.query(
    `insert into rooms (id, name, access, status, early_entry_seconds, premint_seconds)
     select id, 'Seeded', 'users', 'open', 0, 0 from unnest($1::uuid[]) id`,
    [ids],
  );
  const sealed = ids.map((id) => keyring.seal(roomTokenContext(id, 1), Buffer.from(id)));
  await database.query(
    `insert into room_tokens (room_id, generation, token, token_key_id, fingerprint, serve_until)
     select id, 1, token, $3, 'seeded', clock_timestamp() - interval '1 h'
       from unnest($1::uuid[], $2::bytea[]) seeds (id, token)`,
    [ids, sealed.map(({ bytes }) => bytes), sealed[0]?.keyId],
  );
  return ids;
}
