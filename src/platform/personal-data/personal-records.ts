import { type Statement, statement } from '../database/database.js';

/** Columns that order the rows, with their types; together they are unique. */
export type PageKey = Readonly<Record<string, string>>;

/** A kind of records that is stored about the user `$1`. */
export interface PersonalRecords {
  readonly fields: string;
  /** SQL for the source of the rows, up to the end of the condition. */
  readonly from: string;
  readonly key: PageKey;
}

/** SQL for whether a row comes after the previous page's last key `$3`; null: the first page. */
export function isAfterPage(key: PageKey): string {
  const last = Object.values(key).map((type, index) => `($3::text[])[${index + 1}]::${type}`);
  return `($3::text[] is null or (${Object.keys(key).join(', ')}) < (${last.join(', ')}))`;
}

/** SQL for the key of a row, which the request for the next page contains. */
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
