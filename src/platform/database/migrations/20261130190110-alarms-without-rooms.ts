import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alarms about the server, such as an API key that expires, concern no room. */
export class AlarmsWithoutRooms1796065270000 implements MigrationInterface {
  readonly name = 'AlarmsWithoutRooms1796065270000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table raised_alarms
        drop constraint raised_alarms_pkey,
        alter column room_id drop not null;
      create unique index raised_alarms_of_room_key on raised_alarms (room_id, kind, subject)
        where room_id is not null;
      create unique index raised_alarms_of_server_key on raised_alarms (kind, subject)
        where room_id is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from raised_alarms where room_id is null;
      drop index raised_alarms_of_server_key;
      drop index raised_alarms_of_room_key;
      alter table raised_alarms
        alter column room_id set not null,
        add constraint raised_alarms_pkey primary key (room_id, kind, subject)
    `);
  }
}
