import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of `SECRET_KEYS` that were ever the first, with the times of that and of their last use. */
export class EncryptionKeys1795516260000 implements MigrationInterface {
  readonly name = 'EncryptionKeys1795516260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table encryption_keys (
        key_id text constraint encryption_keys_pkey primary key,
        put_first_at timestamptz not null,
        written_at timestamptz not null,
        lease_until timestamptz
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table encryption_keys');
  }
}
