import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deleted users, whose rows are removed in batches. */
export class ErasedUsers1796032860000 implements MigrationInterface {
  readonly name = 'ErasedUsers1796032860000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users add column deleted_at timestamptz;
      create index users_deleted_at_idx on users (deleted_at) where deleted_at is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from users where deleted_at is not null;
      alter table users drop column deleted_at
    `);
  }
}
