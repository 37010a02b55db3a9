import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The users who may not enter a room, whatever else admits them. */
export class Bans1795518480000 implements MigrationInterface {
  readonly name = 'Bans1795518480000';

  async up(runner: QueryRunner): Promise<void> {
    // Without a foreign key for the user who banned: it is shown even if that user is deleted.
    await runner.query(`
      create table bans (
        room_id uuid not null constraint bans_room_id_fkey references rooms on delete cascade,
        user_id uuid not null constraint bans_user_id_fkey references users on delete cascade,
        until timestamptz,
        reason text,
        banned_by uuid not null,
        created_at timestamptz not null default clock_timestamp(),
        constraint bans_pkey primary key (room_id, user_id)
      );
      create index bans_user_id_idx on bans (user_id);
      create index bans_until_idx on bans (until);
      create index bans_created_at_idx on bans (created_at)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table bans`);
  }
}
