import { searchKeyOf } from '../http/folding.js';
import { type Database, type Statement, statement } from './database.js';

const BATCH = 500;

interface Unkeyed {
  readonly id: string;
  readonly first: string;
  readonly second: string | null;
}

/** Fills the search keys of rows that a server of an earlier version wrote. */
export class SearchKeys {
  private readonly find: Statement;
  private readonly fill: Statement;

  /** @param columns of the table whose texts make up the key, in this order */
  constructor(
    private readonly database: Database,
    table: 'rooms' | 'users',
    [first, second]: readonly [string, string],
  ) {
    this.find = statement(
      `${table}.find-unkeyed`,
      `select id, ${first} as first, ${second} as second
         from ${table} where search_key is null order by id limit ${BATCH}`,
    );
    // A locked row gets its key with the change that locks it, or at the next tick.
    this.fill = statement(
      `${table}.fill-keys`,
      `with found as (
         select t.id, k.key
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) k (id, key, first, second)
           join ${table} t on t.id = k.id
          where t.search_key is null and t.${first} = k.first
            and t.${second} is not distinct from k.second
          order by t.id for no key update of t skip locked
       )
       update ${table} t set search_key = f.key from found f where t.id = f.id
       returning 1`,
    );
  }

  async fillMissing(): Promise<void> {
    for (;;) {
      const rows = await this.database.query<Unkeyed>(this.find, []);
      if (rows.length === 0) return;
      const filled = await this.database.query(this.fill, [
        rows.map(({ id }) => id),
        rows.map(({ first, second }) => searchKeyOf(first, second)),
        rows.map(({ first }) => first),
        rows.map(({ second }) => second),
      ]);
      if (filled.length < BATCH) return;
    }
  }
}
