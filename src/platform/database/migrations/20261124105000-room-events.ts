import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events of a room's feed, with numbers without gaps, counted in the room's own row. */
export class RoomEvents1795517400000 implements MigrationInterface {
  readonly name = 'RoomEvents1795517400000';

  async up(runner: QueryRunner): Promise<void> {
    // No foreign keys to users and sessions: the feed also reports the removal of a deleted user.
    await runner.query(`
      create table room_feeds (
        room_id uuid constraint room_feeds_pkey primary key
          constraint room_feeds_room_id_fkey references rooms on delete cascade,
        last_id bigint not null
      ) with (fillfactor = 70);
      create table room_events (
        room_id uuid not null
          constraint room_events_room_id_fkey references room_feeds on delete cascade,
        id bigint not null,
        type text not null constraint room_events_type_check
          check (type in ('token.moved', 'room.updated', 'room.closed', 'removed')),
        user_id uuid,
        session_id uuid,
        data jsonb not null,
        at timestamptz not null default clock_timestamp(),
        constraint room_events_pkey primary key (room_id, id)
      );
      create index room_events_at_idx on room_events (at)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table room_events; drop table room_feeds`);
  }
}
