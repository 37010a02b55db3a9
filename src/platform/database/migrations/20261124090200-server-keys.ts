import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ServerKeys1795510920000 implements MigrationInterface {
  readonly name = 'ServerKeys1795510920000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table server_keys (
        id uuid constraint server_keys_pkey primary key,
        purpose text not null
          constraint server_keys_purpose_check check (purpose in ('signing', 'derivation')),
        is_current boolean not null default true,
        secret bytea not null,
        secret_key_id text not null,
        public_jwk jsonb,
        created_at timestamptz not null default clock_timestamp()
      );
      create unique index server_keys_current_key on server_keys (purpose) where is_current
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table server_keys`);
  }
}
