import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index for the list of a user's live sessions, and for their limit, however many have ended. */
export class SessionsInUse1795515000000 implements MigrationInterface {
  readonly name = 'SessionsInUse1795515000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index sessions_in_use_idx on sessions (user_id, id) where revoked_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index sessions_in_use_idx`);
  }
}
