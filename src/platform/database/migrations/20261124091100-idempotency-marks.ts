import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests with an `Idempotency-Key`; neither key, body nor answer can be read from the rows. */
export class IdempotencyMarks1795511460000 implements MigrationInterface {
  readonly name = 'IdempotencyMarks1795511460000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_marks (
        user_id uuid not null
          constraint idempotency_marks_user_id_fkey references users (id) on delete cascade,
        mark bytea not null,
        claim_id uuid not null,
        request_hash bytea not null,
        claimed_at timestamptz not null default clock_timestamp(),
        answer bytea,
        answer_key_id text,
        constraint idempotency_marks_pkey primary key (user_id, mark),
        constraint idempotency_marks_answer_check check ((answer is null) = (answer_key_id is null))
      )
    `);
    await runner.query(
      'create index idempotency_marks_claimed_at_idx on idempotency_marks (claimed_at)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table idempotency_marks`);
  }
}
