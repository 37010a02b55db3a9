import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `is_current` marks a purpose's newest key; until its start, the key is only published. */
export class SigningKeyRotation1795516200000 implements MigrationInterface {
  readonly name = 'SigningKeyRotation1795516200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table server_keys
        add column used_from timestamptz not null default clock_timestamp(),
        add column life_seconds integer not null default 0;
      update server_keys set used_from = created_at
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from server_keys where purpose = 'signing' and not is_current;
      alter table server_keys drop column used_from, drop column life_seconds
    `);
  }
}
