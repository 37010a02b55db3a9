import type { JsonWebKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import { KeyUses } from './key-uses.service.js';
import { Keyring } from './keyring.js';
import { serverKeyContext } from './encryption-contexts.js';

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

// A unique index allows one current key per purpose: replicas that start together agree on it.
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

/** Keys that the server made for itself, encrypted under `SECRET_KEYS`. */
@Injectable()
export class ServerKeys {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly uses: KeyUses,
  ) {}

  async findOrCreate(purpose: KeyPurpose, create: () => Promise<ServerKey>): Promise<ServerKey> {
    const found = await this.findCurrent(purpose);
    if (found) return found;
    const { id, secret, publicJwk } = await create();
    const { bytes, keyId } = this.keyring.seal(serverKeyContext(purpose, id), secret);
    await this.database.query(CREATE, [id, purpose, bytes, keyId, publicJwk]);
    const current = await this.findCurrent(purpose);
    if (!current) throw new Error(`The ${purpose} key disappeared right after it was created.`);
    return current;
  }

  private async findCurrent(purpose: KeyPurpose): Promise<ServerKey | undefined> {
    const row = await this.database.queryOne<KeyRow>(FIND_CURRENT, [purpose]);
    if (!row) return undefined;
    const { id, publicJwk, keyId, secret } = row;
    if (!this.keyring.keyIds.includes(keyId)) await this.uses.refuseForeignKeys();
    const sealed = { keyId, bytes: secret };
    return { id, publicJwk, secret: this.keyring.open(serverKeyContext(purpose, id), sealed) };
  }
}
