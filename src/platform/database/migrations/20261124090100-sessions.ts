import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Sessions1795510860000 implements MigrationInterface {
  readonly name = 'Sessions1795510860000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sessions (
        id uuid constraint sessions_pkey primary key,
        user_id uuid not null constraint sessions_user_id_fkey references users on delete cascade,
        device_id uuid not null,
        device text not null,
        address text not null,
        counter integer not null default 0,
        refresh_hash bytea not null,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz not null default clock_timestamp(),
        rotated_at timestamptz,
        idle_expires_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz
      );
      create index sessions_user_id_idx on sessions (user_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table sessions`);
  }
}
