import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The oldest migration that a server must know; set by migrations that exclude older servers. */
export class ServerRequirement1795510740000 implements MigrationInterface {
  readonly name = 'ServerRequirement1795510740000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table server_requirement (
        only_row boolean default true constraint server_requirement_pkey primary key
          constraint server_requirement_only_row_check check (only_row),
        oldest_migration text not null
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table server_requirement`);
  }
}
