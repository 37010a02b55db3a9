import type { JsonWebKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigurationError } from '../config/config.js';
import { Database, statement } from '../database/database.js';
import { Keyring } from './keyring.js';

/** What the key is for: signing access tokens, or deriving keyed hashes. */
export type KeyPurpose = 'signing' | 'derivation';

export interface ServerKey {
  readonly id: string;
  readonly secret: Buffer;
  readonly publicJwk: JsonWebKey | null;
}

interface KeyRow {
  readonly id: string;
  readonly secret: Buffer;
  readonly keyId: string;
  readonly publicJwk: JsonWebKey | null;
}

// One current key per purpose, by a unique index: replicas that start together settle on one.
const CREATE = statement(
  'server-keys.create',
  `insert into server_keys (id, purpose, secret, secret_key_id, public_jwk)
   values ($1, $2, $3, $4, $5) on conflict (purpose) where is_current do nothing`,
);

const FIND_CURRENT = statement(
  'server-keys.find-current',
  `select id, secret, secret_key_id as "keyId", public_jwk as "publicJwk"
     from server_keys where purpose = $1 and is_current`,
);

const FIND_FOREIGN = statement(
  'server-keys.find-foreign',
  `select key_id as "keyId" from (
     select secret_key_id as key_id from server_keys
     union select token_key_id from room_tokens where token is not null
     union select answer_key_id from idempotency_marks where answer is not null
   ) used where key_id <> all ($1)`,
);

const COUNT_ROWS = statement(
  'server-keys.count-rows',
  `select owner, key_id as "keyId", count(*)::int as count from (
     select 'server_keys' as owner, secret_key_id as key_id from server_keys
     union all select 'room_tokens', token_key_id from room_tokens where token is not null
     union all select 'idempotency_marks', answer_key_id from idempotency_marks
                where answer is not null
   ) used group by owner, key_id`,
);

/** How many rows of a table are encrypted under a key of `SECRET_KEYS`. */
export interface KeyUse {
  readonly owner: 'server_keys' | 'room_tokens' | 'idempotency_marks';
  readonly keyId: string;
  readonly count: number;
}

/** The keys that the server made for itself, encrypted under `SECRET_KEYS`. */
@Injectable()
export class ServerKeys {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  async findOrCreate(purpose: KeyPurpose, create: () => Promise<ServerKey>): Promise<ServerKey> {
    const found = await this.findCurrent(purpose);
    if (found) return found;
    const { id, secret, publicJwk } = await create();
    const { bytes, keyId } = this.keyring.seal(this.placeOf(purpose, id), secret);
    await this.database.query(CREATE, [id, purpose, bytes, keyId, publicJwk]);
    const current = await this.findCurrent(purpose);
    if (!current) throw new Error(`The ${purpose} key vanished right after it was made.`);
    return current;
  }

  /** @throws {ConfigurationError} if something is encrypted under a key that `SECRET_KEYS` lacks */
  async refuseForeignKeys(): Promise<void> {
    const rows = await this.database.query<{ keyId: string }>(FIND_FOREIGN, [this.keyring.keyIds]);
    if (rows.length === 0) return;
    const ids = rows.map(({ keyId }) => keyId).join(', ');
    throw new ConfigurationError([
      `SECRET_KEYS: lacks keys that the database was encrypted with (${ids})`,
    ]);
  }

  /** What is encrypted under which key; a key that nothing is encrypted under may be removed. */
  async countRows(): Promise<KeyUse[]> {
    const used = await this.database.query<KeyUse>(COUNT_ROWS, []);
    const idle = this.keyring.keyIds.filter((id) => !used.some(({ keyId }) => keyId === id));
    return [...used, ...idle.map((keyId) => ({ owner: 'room_tokens', keyId, count: 0 }) as const)];
  }

  private async findCurrent(purpose: KeyPurpose): Promise<ServerKey | undefined> {
    const row = await this.database.queryOne<KeyRow>(FIND_CURRENT, [purpose]);
    if (!row) return undefined;
    const { id, publicJwk, keyId, secret } = row;
    if (!this.keyring.keyIds.includes(keyId)) await this.refuseForeignKeys();
    const sealed = { keyId, bytes: secret };
    return { id, publicJwk, secret: this.keyring.open(this.placeOf(purpose, id), sealed) };
  }

  private placeOf(purpose: KeyPurpose, id: string) {
    return { purpose: `server key ${purpose}`, owner: id, version: 1 };
  }
}
