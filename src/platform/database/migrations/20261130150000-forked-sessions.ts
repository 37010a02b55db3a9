import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The counter of the refresh token that got a second successor; null if there was none. */
export class ForkedSessions1796050800000 implements MigrationInterface {
  readonly name = 'ForkedSessions1796050800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table sessions add column rotated_from integer`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table sessions drop column rotated_from`);
  }
}
