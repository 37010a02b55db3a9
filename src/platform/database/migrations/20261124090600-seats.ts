import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Seats1795511160000 implements MigrationInterface {
  readonly name = 'Seats1795511160000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table seats (
        id uuid constraint seats_pkey primary key,
        room_id uuid not null constraint seats_room_id_fkey references rooms on delete cascade,
        session_id uuid not null
          constraint seats_session_id_fkey references sessions on delete cascade,
        user_id uuid not null constraint seats_user_id_fkey references users on delete cascade,
        role text not null
          constraint seats_role_check check (role in ('host', 'participant', 'viewer')),
        display_name text not null,
        name_key text not null,
        generation integer,
        joined_at timestamptz not null default clock_timestamp(),
        seen_at timestamptz not null default clock_timestamp(),
        constraint seats_session_key unique (session_id, room_id),
        constraint seats_name_key unique (room_id, name_key)
      ) with (fillfactor = 80);
      create index seats_user_id_idx on seats (user_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table seats`);
  }
}
