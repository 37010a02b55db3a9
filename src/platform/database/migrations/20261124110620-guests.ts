import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A guest belongs to a single room, and has neither address, password nor another role. */
export class Guests1795518380000 implements MigrationInterface {
  readonly name = 'Guests1795518380000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users add column guest_room_id uuid
        constraint users_guest_room_id_fkey references rooms on delete cascade;
      alter table users add constraint users_guest_check
        check (case kind when 'guest'
          then guest_room_id is not null and role = 'user' and email is null
               and email_key is null and password_hash is null
          else guest_room_id is null end);
      create index users_guest_room_id_idx on users (guest_room_id)
        where guest_room_id is not null;
      create index users_guests_idx on users (created_at) where kind = 'guest'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index users_guests_idx;
      delete from users where kind = 'guest';
      alter table users drop constraint users_guest_check;
      alter table users drop column guest_room_id
    `);
  }
}
