import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Rooms1795510980000 implements MigrationInterface {
  readonly name = 'Rooms1795510980000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rooms (
        id uuid constraint rooms_pkey primary key,
        slug text,
        name text not null,
        description text,
        access text not null constraint rooms_access_check check (access in ('members', 'users')),
        status text not null
          constraint rooms_status_check check (status in ('open', 'locked', 'closed')),
        opens_at timestamptz,
        closes_at timestamptz,
        early_entry_seconds integer not null,
        premint_seconds integer not null,
        capacity integer constraint rooms_capacity_check check (capacity > 0),
        access_code_hash bytea,
        access_code_version integer not null default 0,
        metadata jsonb not null default '{}',
        version integer not null default 1,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        deleted_at timestamptz,
        constraint rooms_schedule_check check (closes_at > opens_at)
      );
      create unique index rooms_slug_key on rooms (slug) where deleted_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table rooms`);
  }
}
