import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Members1795511040000 implements MigrationInterface {
  readonly name = 'Members1795511040000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table members (
        room_id uuid not null constraint members_room_id_fkey references rooms on delete cascade,
        user_id uuid not null constraint members_user_id_fkey references users on delete cascade,
        role text not null
          constraint members_role_check check (role in ('host', 'participant', 'viewer')),
        created_at timestamptz not null default clock_timestamp(),
        constraint members_pkey primary key (room_id, user_id)
      );
      create index members_user_id_idx on members (user_id, room_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table members`);
  }
}
