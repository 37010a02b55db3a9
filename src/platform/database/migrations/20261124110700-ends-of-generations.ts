import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until when a generation was to be served, so that it can be told when it ended. */
export class EndsOfGenerations1795518420000 implements MigrationInterface {
  readonly name = 'EndsOfGenerations1795518420000';

  async up(runner: QueryRunner): Promise<void> {
    // Without a value where the version before published it: then its successor's start counts.
    await runner.query(`
      alter table room_generations add column serve_until timestamptz;
      update room_generations g set serve_until = t.serve_until from room_tokens t
       where t.room_id = g.room_id and t.generation = g.generation
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table room_generations drop column serve_until`);
  }
}
