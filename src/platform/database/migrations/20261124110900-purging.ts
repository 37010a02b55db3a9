import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds rows whose retention has ended: holder entries, and deleted rooms. */
export class Purging1795518540000 implements MigrationInterface {
  readonly name = 'Purging1795518540000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index holders_at_idx on holders (at);
      create index rooms_deleted_at_idx on rooms (deleted_at) where deleted_at is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index rooms_deleted_at_idx; drop index holders_at_idx`);
  }
}
