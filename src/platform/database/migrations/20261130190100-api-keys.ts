import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys, and their secrets by SHA-256; during a rotation two secrets of a key work. */
export class ApiKeys1796065260000 implements MigrationInterface {
  readonly name = 'ApiKeys1796065260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id uuid constraint api_keys_pkey primary key
          constraint api_keys_id_fkey references users on delete cascade,
        name text not null,
        scopes text[] not null,
        namespace text not null,
        expires_at timestamptz,
        created_at timestamptz not null default clock_timestamp()
      );
      create table api_key_secrets (
        hash bytea constraint api_key_secrets_pkey primary key,
        key_id uuid not null
          constraint api_key_secrets_key_id_fkey references api_keys on delete cascade,
        prefix text not null,
        created_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz,
        last_used_at timestamptz
      );
      create index api_key_secrets_key_id_idx on api_key_secrets (key_id, created_at);
      create index api_key_secrets_expires_at_idx on api_key_secrets (expires_at)
        where expires_at is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table api_key_secrets; drop table api_keys');
  }
}
