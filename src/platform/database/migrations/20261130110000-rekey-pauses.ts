import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a room was last re-keyed, and the re-keys that wait until the pause after it ends. */
export class RekeyPauses1796036400000 implements MigrationInterface {
  readonly name = 'RekeyPauses1796036400000';

  async up(runner: QueryRunner): Promise<void> {
    // No foreign keys to users: a re-key stays due even if its subject or author is deleted.
    await runner.query(`
      alter table room_tokens add column rekeyed_at timestamptz;
      create table pending_rekeys (
        room_id uuid constraint pending_rekeys_pkey primary key
          constraint pending_rekeys_room_id_fkey references rooms on delete cascade,
        id uuid not null,
        generation integer,
        reason text not null,
        actor_id uuid not null,
        user_id uuid,
        request_id text,
        due_at timestamptz not null
      );
      create index pending_rekeys_due_at_idx on pending_rekeys (due_at)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table pending_rekeys;
      alter table room_tokens drop column rekeyed_at
    `);
  }
}
