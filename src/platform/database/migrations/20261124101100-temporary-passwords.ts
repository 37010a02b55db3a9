import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passwords that an administrator has set; the user must change them before anything else. */
export class TemporaryPasswords1795515060000 implements MigrationInterface {
  readonly name = 'TemporaryPasswords1795515060000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users add column password_is_temporary boolean not null default false
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table users drop column password_is_temporary`);
  }
}
