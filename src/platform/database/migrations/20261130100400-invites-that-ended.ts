import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An invite that ended long ago is deleted; the people who joined by it remain members. */
export class InvitesThatEnded1796033040000 implements MigrationInterface {
  readonly name = 'InvitesThatEnded1796033040000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table members drop constraint members_invite_id_fkey`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update members m set invite_id = null
       where invite_id is not null and not exists (select from invites i where i.id = m.invite_id);
      alter table members add constraint members_invite_id_fkey
        foreign key (invite_id) references invites on delete set null
    `);
  }
}
