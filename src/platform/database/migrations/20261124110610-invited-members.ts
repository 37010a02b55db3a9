import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The invite that made a user a member: invited users are not asked for an access code. */
export class InvitedMembers1795518370000 implements MigrationInterface {
  readonly name = 'InvitedMembers1795518370000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table members add column invite_id uuid
        constraint members_invite_id_fkey references invites on delete set null;
      create index members_invite_id_idx on members (invite_id) where invite_id is not null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table members drop column invite_id`);
  }
}
