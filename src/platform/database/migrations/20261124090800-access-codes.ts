import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AccessCodes1795511280000 implements MigrationInterface {
  readonly name = 'AccessCodes1795511280000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table access_code_grants (
        room_id uuid not null
          constraint access_code_grants_room_id_fkey references rooms on delete cascade,
        user_id uuid not null
          constraint access_code_grants_user_id_fkey references users on delete cascade,
        version integer not null,
        constraint access_code_grants_pkey primary key (room_id, user_id)
      );
      create table throttles (
        key text constraint throttles_pkey primary key,
        attempts integer not null,
        blocked_until timestamptz,
        touched_at timestamptz not null default clock_timestamp()
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table throttles; drop table access_code_grants`);
  }
}
