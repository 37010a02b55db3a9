import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much of a quota is spent, and indexes to find expired rows. */
export class RateLimits1795515600000 implements MigrationInterface {
  readonly name = 'RateLimits1795515600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table rate_limits (
        key text constraint rate_limits_pkey primary key,
        spent_until timestamptz not null
      );
      create index rate_limits_spent_until_idx on rate_limits (spent_until);
      create index throttles_touched_at_idx on throttles (touched_at)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index throttles_touched_at_idx; drop table rate_limits`);
  }
}
