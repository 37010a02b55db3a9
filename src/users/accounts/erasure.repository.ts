import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { type Belonging, Clearing } from '../../platform/database/clearing.js';
import { Database, rowsOf, statement } from '../../platform/database/database.js';
import { KeyWalk, stepOf } from '../../platform/database/key-walk.js';

/** In this order, because seats belong to sessions too. */
export const OF_USERS: readonly Belonging[] = [
  { table: 'seats', column: 'user_id' },
  { table: 'sessions', column: 'user_id' },
  { table: 'holders', column: 'user_id' },
  { table: 'members', column: 'user_id' },
  { table: 'access_code_grants', column: 'user_id' },
  { table: 'api_keys', column: 'id' },
  { table: 'idempotency_marks', column: 'user_id' },
  { table: 'dead_session_reporters', column: 'user_id' },
  {
    table: 'bans',
    column: 'user_id',
    except: `exists (select from users u where u.id = bans.user_id and u.kind = 'external')`,
  },
];
const CLEARING = new Clearing(OF_USERS);

const FIND_DUE = statement(
  'users.due.purge',
  `select id from users where deleted_at is not null and erased_at is null
    order by deleted_at limit $1`,
);

/** SQL for whether the identity of a deleted user `u` stays, because it must not return as new. */
const STAYS = `u.kind = 'external'
  and (u.stays_disabled or exists (select from bans b where b.user_id = u.id))`;

// A ban needs the row too, so no ban is written between this lock and the next statement.
const LOCK = statement(
  'users.erased.lock',
  `select id from users where id = any ($1::uuid[]) and deleted_at is not null
    order by id for update skip locked`,
);

const REMOVE = statement(
  'users.erased.purge',
  `delete from users u where u.id = any ($1::uuid[]) and not (${STAYS})`,
);

const KEEP_IDENTITY = statement(
  'users.keep-identity',
  `update users u set erased_at = clock_timestamp()
    where id = any ($1::uuid[]) and deleted_at is not null and erased_at is null and ${STAYS}`,
);

// The bans of the others have ended in the meantime.
const REMOVE_IDENTITIES = statement(
  'users.identities.purge',
  `with seen as materialized (
     select id from users where erased_at is not null and id > $1 order by id limit $2
   ), gone as (
     delete from users where id = any (array(
       select u.id from users u where u.id = any (array(select id from seen))
          and u.erased_at is not null and not (${STAYS}) for update skip locked))
   )
   ${stepOf('seen')}`,
);

const AT_ONCE = 1_000;

@Injectable()
export class ErasureRepository {
  private readonly walk: KeyWalk;

  constructor(private readonly database: Database) {
    this.walk = new KeyWalk(database, REMOVE_IDENTITIES);
  }

  async findDue(most: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(FIND_DUE, [most]);
    return rows.map(({ id }) => id);
  }

  clear(userIds: readonly string[]): Promise<Progress> {
    return CLEARING.purgeInBatches(this.database, userIds);
  }

  /**
   * Deletes the users, with the rows that were written in the meantime. Of external users who are
   * banned or disabled, the keyed hash of their identity stays.
   */
  async remove(userIds: readonly string[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const locked = await rowsOf<{ id: string }>(transaction, LOCK, [userIds]);
      const ids = locked.map(({ id }) => id);
      await rowsOf(transaction, REMOVE, [ids]);
      await rowsOf(transaction, KEEP_IDENTITY, [ids]);
    });
  }

  @Every('60 s', 'purge identities')
  async purgeIdentities(): Promise<Progress> {
    await this.walk.purgeInBatches([], AT_ONCE);
    return 'done';
  }
}
