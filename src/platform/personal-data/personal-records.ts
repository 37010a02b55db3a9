import { type Statement, statement } from '../database/database.js';

/** Columns that order the rows, with their types; together they are unique. */
export type PageKey = Readonly<Record<string, string>>;

export interface PersonalRecords {
  readonly fields: string;
  readonly from: string;
  readonly key: PageKey;
}

/** SQL for whether a row comes after the previous page's last key `$3`; null: the first page. */
export function isAfterPage(key: PageKey): string {
  const last = Object.values(key).map((type, index) => `($3::text[])[${index + 1}]::${type}`);
  return `($3::text[] is null or (${Object.keys(key).join(', ')}) < (${last.join(', ')}))`;
}

export function pageKeyOf(key: PageKey, alias = ''): string {
  const columns = Object.keys(key).map((column) => `${alias}${column}::text`);
  return `array[${columns.join(', ')}] as "pageKey"`;
}

/** Reads the newest rows first, at most `$2`; by keyset, so that late pages cost no more. */
export function pagesOf(part: string, { fields, from, key }: PersonalRecords): Statement {
  const order = Object.keys(key).map((column) => `${column} desc`);
  return statement(
    `personal-data.${part}`,
    `select ${pageKeyOf(key)}, ${fields} from ${from} and ${isAfterPage(key)}
      order by ${order.join(', ')} limit $2`,
  );
}
