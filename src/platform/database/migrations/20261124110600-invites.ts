import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Invites1795518360000 implements MigrationInterface {
  readonly name = 'Invites1795518360000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table invites (
        id uuid constraint invites_pkey primary key,
        room_id uuid not null constraint invites_room_id_fkey references rooms on delete cascade,
        code_hash bytea not null constraint invites_code_hash_key unique,
        role text not null
          constraint invites_role_check check (role in ('host', 'participant', 'viewer')),
        expires_at timestamptz,
        max_uses integer constraint invites_max_uses_check check (max_uses > 0),
        uses integer not null default 0 constraint invites_uses_check check (uses <= max_uses),
        note text,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz,
        revoked_at timestamptz
      ) with (fillfactor = 80);
      create index invites_room_id_idx on invites (room_id, created_at, id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table invites`);
  }
}
