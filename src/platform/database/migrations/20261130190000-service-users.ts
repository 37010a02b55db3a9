import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The users for which API keys stand, so that audit entries and bans name them like people. */
export class ServiceUsers1796065200000 implements MigrationInterface {
  readonly name = 'ServiceUsers1796065200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users
        drop constraint users_kind_check,
        drop constraint users_role_check;
      alter table users
        add constraint users_kind_check
          check (kind in ('person', 'guest', 'external', 'service')),
        add constraint users_role_check check (role in ('user', 'admin', 'service')),
        add constraint users_service_check check ((kind = 'service') = (role = 'service'))
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from users where kind = 'service';
      alter table users
        drop constraint users_service_check,
        drop constraint users_kind_check,
        drop constraint users_role_check;
      alter table users
        add constraint users_kind_check check (kind in ('person', 'guest', 'external')),
        add constraint users_role_check check (role in ('user', 'admin'))
    `);
  }
}
