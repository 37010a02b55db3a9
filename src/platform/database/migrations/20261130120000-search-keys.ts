import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Folded texts for searches. The server folds them, because the database's locale may fold ASCII
 * only. A change by a server of the previous version, which writes no keys, removes the key.
 */
export class SearchKeys1796040000000 implements MigrationInterface {
  readonly name = 'SearchKeys1796040000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table rooms add column search_key text;
      alter table users add column search_key text;
      create index rooms_search_key_missing_idx on rooms (id) where search_key is null;
      create index users_search_key_missing_idx on users (id) where search_key is null;

      create function forget_search_key() returns trigger language plpgsql as $$
      begin
        if new.search_key = old.search_key then new.search_key := null; end if;
        return new;
      end $$;
      create function keep_search_key() returns trigger language plpgsql as $$
      begin
        new.search_key := coalesce(new.search_key, old.search_key);
        return new;
      end $$
    `);
    // The second trigger runs after the first, by its name, and only if the statement sets the key:
    // a server that knows the key has computed it anew, even if the result is the same.
    for (const [table, columns] of [
      ['rooms', 'name, slug'],
      ['users', 'display_name, email'],
    ])
      await runner.query(`
        create trigger ${table}_search_key_forgotten before update of ${columns} on ${table}
          for each row execute function forget_search_key();
        create trigger ${table}_search_key_kept before update of search_key on ${table}
          for each row execute function keep_search_key()
      `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger rooms_search_key_kept on rooms;
      drop trigger rooms_search_key_forgotten on rooms;
      drop trigger users_search_key_kept on users;
      drop trigger users_search_key_forgotten on users;
      drop function keep_search_key();
      drop function forget_search_key();
      drop index users_search_key_missing_idx;
      drop index rooms_search_key_missing_idx;
      alter table users drop column search_key;
      alter table rooms drop column search_key
    `);
  }
}
