import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import type { PageQuery } from '../../platform/http/paging.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { Progress } from '../../platform/tasks/progress.js';
import type { StoredSecret } from './api-key-text.js';
import type { ApiKeyView, CreateApiKey } from './api-keys.schema.js';

const MOST_KEYS = 100;
/** Ended secrets of a key that are kept, so that their refusal can say that they have ended. */
const KEPT_SECRETS = 10;
const PURGED_AT_ONCE = 1_000;

/** SQL for whether the secret `s` of the key `k` works. */
export const WORKS = `coalesce(least(k.expires_at, s.expires_at) > clock_timestamp(), true)`;

const SELECT = `select k.id, k.name, k.scopes, k.namespace, k.expires_at as "expiresAt",
         k.created_at as "createdAt",
         coalesce((select json_agg(json_build_object(
                            'prefix', s.prefix, 'createdAt', s.created_at,
                            'expiresAt', s.expires_at, 'lastUsedAt', s.last_used_at)
                          order by s.created_at)
                     from api_key_secrets s where s.key_id = k.id and ${WORKS}), '[]') as secrets
    from api_keys k`;

const FIND = statement('api-keys.find', `${SELECT} where k.id = $1`);

const LIST = statement(
  'api-keys.list',
  `${SELECT}
    where $2::uuid is null
       or (k.created_at, k.id) < (select created_at, id from api_keys where id = $2)
    order by k.created_at desc, k.id desc limit $1`,
);

// Only other changes of keys wait for it; requests that send a key read.
const LOCK_ALL = statement('api-keys.lock-all', 'lock table api_keys in share row exclusive mode');

const COUNT = statement('api-keys.count', 'select count(*)::int as count from api_keys');

const INSERT = statement(
  'api-keys.insert',
  `insert into api_keys (id, name, scopes, namespace, expires_at) values ($1, $2, $3, $4, $5)`,
);

const LOCK = statement(
  'api-keys.lock',
  'select name, scopes, expires_at as "expiresAt" from api_keys where id = $1 for no key update',
);

const CHANGE = statement(
  'api-keys.change',
  'update api_keys set name = $2, scopes = $3, expires_at = $4 where id = $1',
);

const FIND_EXPIRING = statement(
  'api-keys.find-expiring',
  `select id, expires_at as "expiresAt" from api_keys
    where expires_at > clock_timestamp() and expires_at <= clock_timestamp() + interval '14 days'`,
);

const REMOVE = statement('api-keys.remove', 'delete from api_keys where id = $1 returning id');

// The newest secret works until the end of the overlap, every other secret ends now.
const RETIRE_SECRETS = statement(
  'api-key-secrets.retire',
  `update api_key_secrets s
      set expires_at = least(s.expires_at, clock_timestamp()
            + case when s.hash = newest.hash then make_interval(secs => $2) else interval '0' end)
     from (select hash from api_key_secrets where key_id = $1
            order by created_at desc limit 1) newest
    where s.key_id = $1`,
);

const FORGET_SECRETS = statement(
  'api-key-secrets.forget',
  `delete from api_key_secrets where hash = any (array(
     select hash from api_key_secrets where key_id = $1
      order by created_at desc offset ${KEPT_SECRETS}))`,
);

const INSERT_SECRET = statement(
  'api-key-secrets.insert',
  'insert into api_key_secrets (hash, key_id, prefix) values ($1, $2, $3)',
);

const PURGE_SECRETS = statement(
  'api-key-secrets.purge',
  `delete from api_key_secrets where ctid = any (array(
     select ctid from api_key_secrets
      where expires_at < (select clock_timestamp() - make_interval(secs => $1))
      order by expires_at limit $2 for update skip locked))
   returning 1`,
);

export interface ExpiringKey {
  readonly id: string;
  readonly expiresAt: Date;
}

/** The values that can be changed. */
export type ApiKeyValues = Pick<ApiKeyView, 'name' | 'scopes' | 'expiresAt'>;

@Injectable()
export class ApiKeysRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  list({ limit, cursor }: PageQuery): Promise<ApiKeyView[]> {
    return this.database.query(LIST, [limit + 1, cursor ?? null]);
  }

  async find(id: string, transaction?: Transaction): Promise<ApiKeyView | undefined> {
    if (!transaction) return this.database.queryOne(FIND, [id]);
    const [row] = await rowsOf<ApiKeyView>(transaction, FIND, [id]);
    return row;
  }

  /** Locks out other new keys until the transaction ends; returns whether there is room. */
  async hasRoom(transaction: Transaction): Promise<boolean> {
    await rowsOf(transaction, LOCK_ALL, []);
    const [row] = await rowsOf<{ count: number }>(transaction, COUNT, []);
    return (row?.count ?? 0) < MOST_KEYS;
  }

  async insert(transaction: Transaction, key: CreateApiKey & { id: string }): Promise<void> {
    const { id, name, scopes, namespace, expiresAt = null } = key;
    await rowsOf(transaction, INSERT, [id, name, scopes, namespace, expiresAt]);
  }

  /** Locks a key against other changes; returns undefined if there is no such key. */
  async lock(transaction: Transaction, id: string): Promise<ApiKeyValues | undefined> {
    const [row] = await rowsOf<ApiKeyValues>(transaction, LOCK, [id]);
    return row;
  }

  async change(transaction: Transaction, id: string, values: ApiKeyValues): Promise<void> {
    const { name, scopes, expiresAt } = values;
    await rowsOf(transaction, CHANGE, [id, name, scopes, expiresAt]);
  }

  /** Finds the keys that expire within 14 days. */
  findExpiring(): Promise<ExpiringKey[]> {
    return this.database.query(FIND_EXPIRING, []);
  }

  /** Deletes a key with its secrets; returns false if there is no such key. */
  async remove(transaction: Transaction, id: string): Promise<boolean> {
    return (await rowsOf(transaction, REMOVE, [id])).length > 0;
  }

  async addSecret(transaction: Transaction, id: string, secret: StoredSecret): Promise<void> {
    await rowsOf(transaction, INSERT_SECRET, [secret.hash, id, secret.prefix]);
  }

  /** Adds a secret, and ends the others; the key must be locked. */
  async rotate(
    transaction: Transaction,
    id: string,
    secret: StoredSecret,
    overlapSeconds: number,
  ): Promise<void> {
    await rowsOf(transaction, RETIRE_SECRETS, [id, overlapSeconds]);
    await this.addSecret(transaction, id, secret);
    await rowsOf(transaction, FORGET_SECRETS, [id]);
  }

  /** Deletes secrets that ended more than so many seconds ago. */
  @Every('60 s', 'purge secrets of API keys')
  purge(afterSeconds = this.config.PERSONAL_DATA_TTL): Promise<Progress> {
    return this.database.purgeInBatches(PURGE_SECRETS, [afterSeconds], PURGED_AT_ONCE);
  }
}
