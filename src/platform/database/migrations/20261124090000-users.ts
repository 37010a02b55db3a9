import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Users1795510800000 implements MigrationInterface {
  readonly name = 'Users1795510800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table users (
        id uuid constraint users_pkey primary key,
        kind text not null default 'person'
          constraint users_kind_check check (kind in ('person', 'guest')),
        email text,
        email_key text constraint users_email_key unique,
        display_name text not null,
        role text not null constraint users_role_check check (role in ('user', 'admin')),
        status text not null
          constraint users_status_check check (status in ('active', 'pending', 'disabled')),
        password_hash text,
        sessions_valid_from timestamptz not null default clock_timestamp(),
        created_at timestamptz not null default clock_timestamp(),
        constraint users_person_check
          check (kind = 'guest' or (email is not null and email_key is not null))
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table users`);
  }
}
