import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invite and network of reporting guests: guests with the same invite or network count once. */
export class IndependentReporters1796043600000 implements MigrationInterface {
  readonly name = 'IndependentReporters1796043600000';

  async up(runner: QueryRunner): Promise<void> {
    // Null for accounts and for rows of the previous version. No foreign key: an invite counts even
    // after its deletion. The network is a keyed hash.
    await runner.query(`
      alter table dead_session_reporters add column invite_id uuid, add column network bytea;
      create unique index dead_session_reporters_invite_id_key
        on dead_session_reporters (room_id, generation, invite_id) where invite_id is not null;
      create unique index dead_session_reporters_network_key
        on dead_session_reporters (room_id, generation, network) where network is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table dead_session_reporters drop column network, drop column invite_id
    `);
  }
}
