import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index for a user's list of rooms, however many rooms are private. */
export class RoomsOpenToUsers1795511400000 implements MigrationInterface {
  readonly name = 'RoomsOpenToUsers1795511400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index rooms_open_to_users_idx on rooms (id)
        where access = 'users' and deleted_at is null
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index rooms_open_to_users_idx`);
  }
}
