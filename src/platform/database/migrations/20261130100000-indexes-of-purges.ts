import type { MigrationInterface, QueryRunner } from 'typeorm';

// A refresh changes none of these columns; otherwise it would become more expensive.
const INDEXES = {
  sessions_revoked_at_idx: 'sessions (revoked_at) where revoked_at is not null',
  sessions_expires_at_idx: 'sessions (expires_at)',
  room_generations_ended_idx: 'room_generations (coalesce(serve_until, started_at))',
  invites_ended_idx: `invites (least(revoked_at, expires_at))
    where revoked_at is not null or expires_at is not null`,
};

export class IndexesOfPurges1796032800000 implements MigrationInterface {
  readonly name = 'IndexesOfPurges1796032800000';
  // Concurrently, because these tables are written to all the time; impossible in a transaction.
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(INDEXES)) {
      // An interrupted attempt leaves an invalid index with the same name.
      await runner.query(`drop index concurrently if exists ${name}`);
      await runner.query(`create index concurrently ${name} on ${definition}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index ${Object.keys(INDEXES).join(', ')}`);
  }
}
