import type pg from 'pg';
import { NotPrimary } from './primary-client.js';
import { NEEDED_BEHIND_POOLER } from './session-settings.js';

const OLDEST_VERSION = 140_000;

/** This Postgres, or this database, cannot be used; the message says why, and what to do. */
export class UnsuitableDatabase extends Error {
  override readonly name = 'UnsuitableDatabase';
}

interface Facts {
  readonly version: number;
  readonly versionText: string;
  readonly encoding: string;
  readonly isReadOnly: boolean;
}

const FACTS = `
  select current_setting('server_version_num')::int as version,
         current_setting('server_version') as "versionText",
         current_setting('server_encoding') as encoding,
         pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly"`;

/** @throws {UnsuitableDatabase} if waiting does not help; {NotPrimary} if it may help */
export async function refuseUnsuitable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<Facts>(FACTS);
  const [{ version, versionText, encoding, isReadOnly }] = rows as [Facts];
  if (version < OLDEST_VERSION)
    throw new UnsuitableDatabase(
      `Postgres ${versionText} is too old; version 14 or newer is needed.`,
    );
  if (encoding !== 'UTF8')
    throw new UnsuitableDatabase(
      `The encoding of the database is ${encoding}; create it again with "encoding 'UTF8' template template0".`,
    );
  if (isReadOnly) throw new NotPrimary();
}

/** Checks the role's settings: a pooler's sessions keep none. @throws {UnsuitableDatabase} */
export async function refuseUnsuitablePooler(client: pg.Client): Promise<void> {
  for (const [name, { pattern, value }] of Object.entries(NEEDED_BEHIND_POOLER)) {
    const { rows } = await client.query<{ setting: string }>(
      'select current_setting($1) as setting',
      [name],
    );
    const { setting = '' } = rows[0] ?? {};
    if (!pattern.test(setting))
      throw new UnsuitableDatabase(
        `${name} is "${setting}"; behind a pooler the role must have it: alter role … set ${name} = '${value}'.`,
      );
  }
}
