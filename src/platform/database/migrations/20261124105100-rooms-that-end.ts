import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which end of a room its people were told of, and an index to find those that are due. */
export class RoomsThatEnd1795517460000 implements MigrationInterface {
  readonly name = 'RoomsThatEnd1795517460000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table rooms add column ended_at timestamptz;
      create index rooms_closes_at_idx on rooms (closes_at) where deleted_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index rooms_closes_at_idx;
      alter table rooms drop column ended_at
    `);
  }
}
