import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions of participant tokens: of a person in one room, on one device of the backend that asked
 * for it. A person has at most one that was not ended for each device, so that equal grants lead to
 * the same session.
 */
export class ParticipantSessions1796065320000 implements MigrationInterface {
  readonly name = 'ParticipantSessions1796065320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table sessions
        add column room_id uuid constraint sessions_room_id_fkey references rooms on delete cascade,
        drop constraint sessions_kind_check;
      alter table sessions add constraint sessions_kind_check
        check (case kind
          when 'own' then refresh_hash is not null and device_id is not null
               and sign_in_key is null and room_id is null
          when 'issuer' then sign_in_key is not null and token_issued_at is not null
               and room_id is null
          when 'participant' then room_id is not null and sign_in_key is null
               and refresh_hash is null
          else false end);
      create index sessions_room_id_idx on sessions (room_id) where room_id is not null;
      create unique index sessions_participant_key on sessions (user_id, room_id, device)
        where kind = 'participant' and revoked_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from sessions where kind = 'participant';
      drop index sessions_participant_key;
      drop index sessions_room_id_idx;
      alter table sessions drop constraint sessions_kind_check, drop column room_id;
      alter table sessions add constraint sessions_kind_check
        check (case kind
          when 'own' then refresh_hash is not null and device_id is not null and sign_in_key is null
          when 'issuer' then sign_in_key is not null and token_issued_at is not null
          else false end)
    `);
  }
}
