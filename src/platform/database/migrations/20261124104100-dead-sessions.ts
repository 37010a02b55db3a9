import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The users who reported that a room's session is dead, and the number of reporters. */
export class DeadSessions1795516860000 implements MigrationInterface {
  readonly name = 'DeadSessions1795516860000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table dead_sessions (
        room_id uuid not null
          constraint dead_sessions_room_id_fkey references rooms on delete cascade,
        generation integer not null,
        reporters integer not null,
        constraint dead_sessions_pkey primary key (room_id, generation)
      );
      create table dead_session_reporters (
        room_id uuid not null
          constraint dead_session_reporters_room_id_fkey references rooms on delete cascade,
        generation integer not null,
        user_id uuid not null
          constraint dead_session_reporters_user_id_fkey references users on delete cascade,
        constraint dead_session_reporters_pkey primary key (room_id, generation, user_id)
      );
      create index dead_session_reporters_user_id_idx on dead_session_reporters (user_id)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table dead_session_reporters; drop table dead_sessions`);
  }
}
