import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RoomTokens1795511100000 implements MigrationInterface {
  readonly name = 'RoomTokens1795511100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table room_tokens (
        room_id uuid constraint room_tokens_pkey primary key
          constraint room_tokens_room_id_fkey references rooms on delete cascade,
        generation integer not null default 0,
        token bytea,
        token_key_id text,
        fingerprint text,
        serve_until timestamptz,
        expires_at timestamptz,
        fence bigint not null default 0,
        lease_until timestamptz,
        retry_at timestamptz,
        failures integer not null default 0
      );
      create index room_tokens_serve_until_idx on room_tokens (serve_until);
      create table room_generations (
        room_id uuid not null
          constraint room_generations_room_id_fkey references rooms on delete cascade,
        generation integer not null,
        fingerprint text not null,
        reason text not null
          constraint room_generations_reason_check check (reason in ('first', 'expired', 'rekey')),
        started_at timestamptz not null default clock_timestamp(),
        constraint room_generations_pkey primary key (room_id, generation)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table room_generations; drop table room_tokens`);
  }
}
