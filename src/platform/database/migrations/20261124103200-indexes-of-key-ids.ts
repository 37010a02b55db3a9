import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the keys that a table needs, and the rows of a key, without reading the table. */
export class IndexesOfKeyIds1795516320000 implements MigrationInterface {
  readonly name = 'IndexesOfKeyIds1795516320000';
  // Concurrently, because joins continue in the meantime; that is not possible in a transaction.
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // An interrupted attempt leaves an invalid index with the same name.
    for (const name of ['room_tokens_key_id_idx', 'idempotency_marks_key_id_idx'])
      await runner.query(`drop index concurrently if exists ${name}`);
    await runner.query(`
      create index concurrently room_tokens_key_id_idx on room_tokens (token_key_id, room_id)
       where token is not null
    `);
    await runner.query(`
      create index concurrently idempotency_marks_key_id_idx
          on idempotency_marks (answer_key_id, user_id, mark) where answer is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop index room_tokens_key_id_idx; drop index idempotency_marks_key_id_idx',
    );
  }
}
