import { Injectable } from '@nestjs/common';
import type { Progress } from '../../platform/tasks/progress.js';
import { Database, statement } from '../../platform/database/database.js';
import type { HolderView, ListHolders } from './holder.schema.js';

/** The condition of each query parameter, given the number of its SQL parameter. */
const CONDITIONS = {
  cursor: (at: number) => `(generation, seat_id) < ($${at}::int, $${at + 1}::uuid)`,
  generation: (at: number) => `generation = $${at}`,
  userId: (at: number) => `user_id = $${at}`,
} as const;
const MEMBERS = Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[];

const PURGED_AT_ONCE = 2_000;

// Skips rows that another replica is purging.
const PURGE = statement(
  'holders.purge',
  `delete from holders where ctid = any (array(
     select ctid from holders
      where at < (select clock_timestamp() - make_interval(secs => $1))
      order by at limit $2 for update skip locked))
   returning 1`,
);

/** The rows of `holders`: who received which token, and when. */
@Injectable()
export class HoldersRepository {
  constructor(private readonly database: Database) {}

  list(roomId: string, query: ListHolders): Promise<(HolderView & { id: string })[]> {
    const values: unknown[] = [roomId, query.limit + 1];
    const asked = MEMBERS.filter((member) => query[member] !== undefined);
    const conditions = asked.map((member) => {
      const condition = CONDITIONS[member](values.length + 1);
      values.push(...String(query[member]).split('/'));
      return `and ${condition}`;
    });
    // Each set of conditions has its own name, and therefore its own plan.
    const list = statement(
      ['holders.list', ...asked].join('-'),
      `select generation || '/' || seat_id as id, user_id as "userId",
              display_name as "displayName", generation, at
         from holders where room_id = $1 ${conditions.join(' ')}
        order by generation desc, seat_id desc limit $2`,
    );
    return this.database.query(list, values);
  }

  purge(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], PURGED_AT_ONCE);
  }
}
