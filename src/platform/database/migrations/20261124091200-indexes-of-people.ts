import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for the last admin's rule, lists by role, and deletions, with a million users. */
export class IndexesOfPeople1795511520000 implements MigrationInterface {
  readonly name = 'IndexesOfPeople1795511520000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index users_admins_idx on users (id) where role = 'admin' and status = 'active';
      create index users_role_idx on users (role, id);
      create index access_code_grants_user_id_idx on access_code_grants (user_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index users_admins_idx;
      drop index users_role_idx;
      drop index access_code_grants_user_id_idx
    `);
  }
}
