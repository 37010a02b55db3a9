import { Injectable } from '@nestjs/common';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import { Keyring, type Sealed } from './keyring.js';
import { serverKeyContext } from './encryption-contexts.js';
import type { KeyPurpose, ServerKey } from './server-keys.js';

/** Longer than a request takes from issuing a token to checking it. */
const LEEWAY_SECONDS = 5;

/** A key in a succession of keys; all times are the database's. */
export interface Successor {
  readonly id: string;
  readonly sealed: Sealed;
  /** In the future if the key is only published. */
  readonly usedFrom: Date;
  /** The longest lifetime of the tokens that it may have signed. */
  readonly lifeSeconds: number;
  /** Whether it is the newest key, and has been used for its full time. */
  readonly isDue: boolean;
  readonly hasEnded: boolean;
}

// Tokens that a key signed before its successor took over expire within one lifetime after that.
const HAS_ENDED = `
  lead(used_from) over (order by used_from, id)
    + make_interval(secs => life_seconds + ${LEEWAY_SECONDS}) <= clock_timestamp()`;

const FIND_ALL = statement(
  'server-keys.find-all',
  `select id, secret, secret_key_id as "keyId", used_from as "usedFrom",
          life_seconds as "lifeSeconds",
          is_current and used_from <= clock_timestamp() - make_interval(secs => $2) as "isDue",
          coalesce(${HAS_ENDED}, false) as "hasEnded"
     from server_keys where purpose = $1 order by used_from, id`,
);

const NOTE_LIFE = statement(
  'server-keys.note-life',
  'update server_keys set life_seconds = $2 where purpose = $1 and life_seconds < $2',
);

// Of concurrent replicas, only one finds its newest key to be the newest, and none does while a
// key waits for its start. The lifetime is inherited until replicas record theirs.
const SUCCEED = statement(
  'server-keys.succeed',
  `with before as (
     update server_keys set is_current = false
      where purpose = $2 and is_current
        and used_from <= clock_timestamp() - make_interval(secs => $7)
     returning life_seconds
   )
   insert into server_keys (id, purpose, secret, secret_key_id, public_jwk, life_seconds, used_from)
   select $1, $2, $3, $4, $5, life_seconds, clock_timestamp() + make_interval(secs => $6)
     from before
   returning used_from as "usedFrom"`,
);

// A successor that was inserted concurrently is not deleted; the insertion conflicts with it.
const REPLACE = statement(
  'server-keys.replace',
  `with gone as (delete from server_keys where purpose = $2 returning life_seconds)
   insert into server_keys (id, purpose, secret, secret_key_id, public_jwk, life_seconds)
   select $1, $2, $3, $4, $5, coalesce(max(life_seconds), 0) from gone
   on conflict (purpose) where is_current do nothing
   returning used_from as "usedFrom"`,
);

const REMOVE_ENDED = statement(
  'server-keys.remove-ended',
  `delete from server_keys where not is_current and id in (
     select id from (select id, ${HAS_ENDED} as ended from server_keys where purpose = $1) each
      where ended)
   returning id`,
);

const ATTEMPTS = 5;

@Injectable()
export class KeySuccession {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Returns the keys in the order of their use; successors are due after `ageSeconds`. */
  async findAll(purpose: KeyPurpose, ageSeconds: number): Promise<Successor[]> {
    const rows = await this.database.query<
      Omit<Successor, 'sealed'> & { secret: Buffer; keyId: string }
    >(FIND_ALL, [purpose, ageSeconds]);
    return rows.map(({ secret, keyId, ...key }) => ({ ...key, sealed: { keyId, bytes: secret } }));
  }

  /** @throws {Unreadable} */
  open(purpose: KeyPurpose, { id, sealed }: Successor): Buffer {
    return this.keyring.open(serverKeyContext(purpose, id), sealed);
  }

  /** Keeps all keys until tokens with this lifetime have expired. */
  async noteLife(purpose: KeyPurpose, seconds: number): Promise<void> {
    await this.database.query(NOTE_LIFE, [purpose, seconds]);
  }

  /** Adds a key for use in `leadSeconds`; undefined if the newest is younger than `ageSeconds`. */
  async succeed(
    transaction: Transaction,
    purpose: KeyPurpose,
    key: ServerKey,
    leadSeconds: number,
    ageSeconds: number,
  ): Promise<Date | undefined> {
    const values = [...this.valuesOf(purpose, key), leadSeconds, ageSeconds];
    const [row] = await rowsOf<{ usedFrom: Date }>(transaction, SUCCEED, values);
    return row?.usedFrom;
  }

  async replace(transaction: Transaction, purpose: KeyPurpose, key: ServerKey): Promise<void> {
    const values = this.valuesOf(purpose, key);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1)
      if ((await rowsOf(transaction, REPLACE, values)).length > 0) return;
    throw new Error('The keys could not be replaced: they kept changing.');
  }

  /** Removes the keys whose signed tokens have all expired, and returns their ids. */
  async removeEnded(transaction: Transaction, purpose: KeyPurpose): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(transaction, REMOVE_ENDED, [purpose]);
    return rows.map(({ id }) => id);
  }

  private valuesOf(purpose: KeyPurpose, { id, secret, publicJwk }: ServerKey): unknown[] {
    const { bytes, keyId } = this.keyring.seal(serverKeyContext(purpose, id), secret);
    return [id, purpose, bytes, keyId, publicJwk && JSON.stringify(publicJwk)];
  }
}
