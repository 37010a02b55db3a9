import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keyed hashes, without foreign keys: rows live for minutes, and may outlive their users. */
export class SignInMarks1796050860000 implements MigrationInterface {
  readonly name = 'SignInMarks1796050860000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sign_in_marks (
        mark bytea constraint sign_in_marks_pkey primary key,
        request_hash bytea not null,
        user_id uuid not null,
        session_id uuid,
        made_at timestamptz not null default clock_timestamp()
      );
      create index sign_in_marks_made_at_idx on sign_in_marks (made_at);
      alter table sessions add column is_repeatable boolean not null default false
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table sessions drop column is_repeatable;
      drop table sign_in_marks
    `);
  }
}
