import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which end of a room was announced in its feed, and an index to find the rooms whose end is due. */
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
