import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Audit1795511340000 implements MigrationInterface {
  readonly name = 'Audit1795511340000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_entries (
        id uuid constraint audit_entries_pkey primary key,
        at timestamptz not null default clock_timestamp(),
        action text not null,
        actor_id uuid,
        user_id uuid,
        room_id uuid,
        details jsonb not null,
        address text,
        request_id text
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table audit_entries`);
  }
}
