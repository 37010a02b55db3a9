import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Holders1795511220000 implements MigrationInterface {
  readonly name = 'Holders1795511220000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table holders (
        room_id uuid not null constraint holders_room_id_fkey references rooms on delete cascade,
        generation integer not null,
        seat_id uuid not null,
        user_id uuid not null constraint holders_user_id_fkey references users on delete cascade,
        display_name text not null,
        at timestamptz not null default clock_timestamp(),
        constraint holders_pkey primary key (room_id, generation, seat_id)
      );
      create index holders_user_id_idx on holders (user_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table holders`);
  }
}
