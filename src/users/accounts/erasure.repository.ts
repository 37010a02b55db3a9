import { Injectable } from '@nestjs/common';
import type { Progress } from '../../platform/tasks/progress.js';
import { type Belonging, Clearing } from '../../platform/database/clearing.js';
import { Database, statement } from '../../platform/database/database.js';

/** In this order, because seats belong to sessions too. */
export const OF_USERS: readonly Belonging[] = [
  { table: 'seats', column: 'user_id' },
  { table: 'sessions', column: 'user_id' },
  { table: 'holders', column: 'user_id' },
  { table: 'members', column: 'user_id' },
  { table: 'access_code_grants', column: 'user_id' },
  { table: 'idempotency_marks', column: 'user_id' },
  { table: 'dead_session_reporters', column: 'user_id' },
  { table: 'bans', column: 'user_id' },
];
const CLEARING = new Clearing(OF_USERS);

const FIND_DUE = statement(
  'users.due.purge',
  'select id from users where deleted_at is not null order by deleted_at limit $1',
);

const REMOVE = statement(
  'users.erased.purge',
  `delete from users where id = any (array(
     select id from users where id = any ($1::uuid[]) and deleted_at is not null
        for update skip locked))`,
);

@Injectable()
export class ErasureRepository {
  constructor(private readonly database: Database) {}

  async findDue(most: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(FIND_DUE, [most]);
    return rows.map(({ id }) => id);
  }

  clear(userIds: readonly string[]): Promise<Progress> {
    return CLEARING.purgeInBatches(this.database, userIds);
  }

  /** Deletes the users, with the rows that were written in the meantime. */
  async remove(userIds: readonly string[]): Promise<void> {
    await this.database.query(REMOVE, [userIds]);
  }
}
