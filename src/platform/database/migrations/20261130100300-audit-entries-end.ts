import type { MigrationInterface, QueryRunner } from 'typeorm';

const refusing = (allowed: string) => `
  create or replace function refuse_change_of_audit_entries() returns trigger language plpgsql as $$
  begin
    if tg_op = 'UPDATE' and new.address is null
       and to_jsonb(new) - 'address' = to_jsonb(old) - 'address' then
      return new;
    end if;
    ${allowed}raise exception 'audit_entries is append-only' using errcode = 'restrict_violation';
  end $$`;

const INDEX = 'audit_entries_addresses_of_idx';

/** Entries may be deleted after 30 days; mistakes and settings delete no newer ones. */
export class AuditEntriesEnd1796032980000 implements MigrationInterface {
  readonly name = 'AuditEntriesEnd1796032980000';
  // Concurrently, because entries are written all the time; that is not possible in a transaction.
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // An interrupted attempt leaves an invalid index with the same name.
    await runner.query(`drop index concurrently if exists ${INDEX}`);
    await runner.query(
      `create index concurrently ${INDEX} on audit_entries (actor_id) where address is not null`,
    );
    await runner.query(
      refusing(`if tg_op = 'DELETE' and old.at < clock_timestamp() - interval '30 days' then
      return old;
    end if;
    `),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(refusing(''));
    await runner.query(`drop index ${INDEX}`);
  }
}
