import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers a person's seats, so that their limit needs no lock; null from the previous version. */
export class SeatsOfAPerson1796047200000 implements MigrationInterface {
  readonly name = 'SeatsOfAPerson1796047200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table seats
        add column slot smallint constraint seats_slot_check check (slot between 1 and 4),
        add constraint seats_slot_key unique (user_id, room_id, slot);
      drop index seats_user_id_idx
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index seats_user_id_idx on seats (user_id);
      alter table seats drop column slot
    `);
  }
}
