import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The invite by which a guest signed in, so that the live guests of an invite can be counted. */
export class GuestsOfInvites1796036460000 implements MigrationInterface {
  readonly name = 'GuestsOfInvites1796036460000';

  async up(runner: QueryRunner): Promise<void> {
    // Without a foreign key: only existing invites are looked up by it.
    await runner.query(`
      alter table sessions add column invite_id uuid;
      update sessions s set invite_id = m.invite_id
        from users u join members m on m.user_id = u.id
       where u.kind = 'guest' and s.user_id = u.id and s.revoked_at is null
         and s.expires_at > clock_timestamp();
      create index sessions_guests_idx on sessions (invite_id, expires_at)
        where invite_id is not null and revoked_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table sessions drop column invite_id`);
  }
}
