import { DatabaseGauge } from '../metrics/metric.decorator.js';
import type { Sample } from '../metrics/instruments.js';
import { Injectable } from '@nestjs/common';
import { ConfigurationError } from '../config/config.js';
import { Database, statement } from '../database/database.js';
import { type EncryptedColumn, encryptedColumns } from './encrypted-columns.js';
import { Keyring } from './keyring.js';

export interface KeyInUse {
  readonly table: EncryptedColumn['table'];
  readonly keyId: string;
}

export interface KeyUse extends KeyInUse {
  readonly count: number;
}

/** SQL for a column's few distinct key ids, by the index; `distinct` would read all rows. */
function idsIn({ table, secret, keyId }: EncryptedColumn): string {
  const next = (condition: string) =>
    `select ${keyId} as id from ${table}
      where ${secret} is not null and ${condition} order by ${keyId} limit 1`;
  return `(with recursive ids as (
      (${next(`${keyId} is not null`)})
      union all
      select (${next(`${keyId} > ids.id`)}) from ids where ids.id is not null
    ) select '${table}' as "table", id as "keyId" from ids where id is not null)`;
}

const FIND_IN_USE = statement(
  'key-uses.find',
  encryptedColumns.map((column) => idsIn(column)).join(' union all '),
);

const COUNT_ROWS = statement(
  'key-uses.count',
  encryptedColumns
    .map(
      (column) =>
        `select "table", "keyId", (select count(*) from ${column.table}
             where ${column.secret} is not null and ${column.keyId} = used."keyId")::int as count
           from ${idsIn(column)} used`,
    )
    .join(' union all '),
);

@Injectable()
export class KeyUses {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  findInUse(): Promise<KeyInUse[]> {
    return this.database.query<KeyInUse>(FIND_IN_USE, []);
  }

  /** @throws {ConfigurationError} if data is encrypted under a key that `SECRET_KEYS` lacks */
  async refuseForeignKeys(): Promise<void> {
    const used = new Set((await this.findInUse()).map(({ keyId }) => keyId));
    const foreign = [...used].filter((id) => !this.keyring.keyIds.includes(id));
    if (foreign.length === 0) return;
    throw new ConfigurationError([
      `SECRET_KEYS: lacks keys that the database was encrypted with (${foreign.join(', ')}); append them: SECRET_KEYS=present,missing`,
    ]);
  }

  /** Counts the rows per table and key; configured keys without rows are included with 0. */
  async countRows(): Promise<KeyUse[]> {
    const used = await this.database.query<KeyUse>(COUNT_ROWS, []);
    const idle = this.keyring.keyIds.filter((id) => !used.some(({ keyId }) => keyId === id));
    return [...used, ...idle.map((keyId) => ({ table: 'room_tokens', keyId, count: 0 }) as const)];
  }

  @DatabaseGauge(
    'secret_key_rows',
    'Rows encrypted under a key of SECRET_KEYS, by table and key id.',
    ['table', 'key_id'],
  )
  async samples(): Promise<Sample[]> {
    const uses = await this.countRows();
    return uses.map(({ table, keyId, count }) => [{ table, key_id: keyId }, count]);
  }
}
