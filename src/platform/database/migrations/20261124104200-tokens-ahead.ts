import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds rooms by opening time, and raises an alarm once, whichever replica is first. */
export class TokensAhead1795516920000 implements MigrationInterface {
  readonly name = 'TokensAhead1795516920000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index rooms_opens_at_idx on rooms (opens_at) where deleted_at is null;
      create table raised_alarms (
        room_id uuid not null
          constraint raised_alarms_room_id_fkey references rooms on delete cascade,
        kind text not null,
        subject text not null,
        raised_at timestamptz not null default clock_timestamp(),
        constraint raised_alarms_pkey primary key (room_id, kind, subject)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table raised_alarms; drop index rooms_opens_at_idx`);
  }
}
