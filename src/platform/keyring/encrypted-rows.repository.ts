import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../database/database.js';
import { type EncryptedColumn, encryptedColumns, type EncryptedRow } from './encrypted-columns.js';
import type { Sealed } from './keyring.js';

/** Rows per statement; few, so that requests for these rows hardly wait. */
export const BATCH = 100;

export interface Resealed {
  readonly row: EncryptedRow;
  readonly sealed: Sealed;
}

function findOf({ table, secret, keyId, id, also }: EncryptedColumn): Statement {
  const columns = id.map(([column]) => column);
  const after = id.map(([, type], index) => `$${index + 2}::${type}`);
  return statement(
    `encrypted-rows.find-${table}`,
    `select ${[...columns, ...also].join(', ')}, ${secret} as bytes from ${table}
      where ${secret} is not null and ${keyId} = $1 and (${columns.join(', ')}) > (${after.join(', ')})
      order by ${columns.join(', ')} limit ${BATCH}`,
  );
}

// No ciphertext occurs twice, so rows that were changed in the meantime keep their new value.
function storeOf({ table, secret, keyId, id }: EncryptedColumn): Statement {
  const lists = id.map(([, type], index) => `$${index + 4}::${type}[]`);
  const names = id.map(([column]) => column);
  const isSame = names.map((name) => `t.${name} = n.${name}`).join(' and ');
  return statement(
    `encrypted-rows.store-${table}`,
    `update ${table} t set ${secret} = n.bytes, ${keyId} = $1
       from unnest($2::bytea[], $3::bytea[], ${lists.join(', ')})
            n (was, bytes, ${names.join(', ')})
      where ${isSame} and t.${secret} = n.was
     returning 1`,
  );
}

const STATEMENTS = new Map(
  encryptedColumns.map((column) => [column, { find: findOf(column), store: storeOf(column) }]),
);

function statementsOf(column: EncryptedColumn): { find: Statement; store: Statement } {
  const found = STATEMENTS.get(column);
  if (!found) throw new Error(`${column.table} is not in the list of encrypted columns.`);
  return found;
}

@Injectable()
export class EncryptedRowsRepository {
  constructor(private readonly database: Database) {}

  /** @param after primary key of the previous batch's last row */
  findUnder(
    column: EncryptedColumn,
    keyId: string,
    after: readonly unknown[] = column.id.map(([, , least]) => least),
  ): Promise<EncryptedRow[]> {
    return this.database.query<EncryptedRow>(statementsOf(column).find, [keyId, ...after]);
  }

  async store(column: EncryptedColumn, keyId: string, rows: readonly Resealed[]): Promise<number> {
    const ids = column.id.map(([name]) => rows.map(({ row }) => row[name]));
    const was = rows.map(({ row }) => row.bytes);
    const bytes = rows.map(({ sealed }) => sealed.bytes);
    const values = [keyId, was, bytes, ...ids];
    return (await this.database.query(statementsOf(column).store, values)).length;
  }
}
