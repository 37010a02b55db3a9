import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entries can only lose their address; the owner can drop the triggers, but not by accident. */
export class AuditIsAppendOnly1795516800000 implements MigrationInterface {
  readonly name = 'AuditIsAppendOnly1795516800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_change_of_audit_entries() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and new.address is null
           and to_jsonb(new) - 'address' = to_jsonb(old) - 'address' then
          return new;
        end if;
        raise exception 'audit_entries is append-only' using errcode = 'restrict_violation';
      end $$;
      create trigger audit_entries_append_only before update or delete on audit_entries
        for each row execute function refuse_change_of_audit_entries();
      create trigger audit_entries_not_truncated before truncate on audit_entries
        for each statement execute function refuse_change_of_audit_entries();
      create index audit_entries_at_idx on audit_entries (at, id);
      create index audit_entries_action_idx on audit_entries (action, at, id);
      create index audit_entries_actor_id_idx on audit_entries (actor_id, at, id);
      create index audit_entries_user_id_idx on audit_entries (user_id, at, id);
      create index audit_entries_room_id_idx on audit_entries (room_id, at, id);
      create index audit_entries_addresses_idx on audit_entries (at) where address is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index audit_entries_addresses_idx;
      drop index audit_entries_room_id_idx;
      drop index audit_entries_user_id_idx;
      drop index audit_entries_actor_id_idx;
      drop index audit_entries_action_idx;
      drop index audit_entries_at_idx;
      drop trigger audit_entries_not_truncated on audit_entries;
      drop trigger audit_entries_append_only on audit_entries;
      drop function refuse_change_of_audit_entries()
    `);
  }
}
