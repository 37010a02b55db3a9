import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The time until which a generation was to be served, so that its end is known. */
export class EndsOfGenerations1795518420000 implements MigrationInterface {
  readonly name = 'EndsOfGenerations1795518420000';

  async up(runner: QueryRunner): Promise<void> {
    // Null if an older server published the generation; its successor's start then is its end.
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
