import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the wrong access codes of each room in this hour and the previous hour, for an alarm. */
export class WrongAccessCodes1796047260000 implements MigrationInterface {
  readonly name = 'WrongAccessCodes1796047260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table wrong_access_codes (
        room_id uuid constraint wrong_access_codes_pkey primary key
          constraint wrong_access_codes_room_id_fkey references rooms on delete cascade,
        began_at timestamptz not null,
        count integer not null,
        before integer not null
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table wrong_access_codes`);
  }
}
