import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../common/paging.js';
import type { Progress } from '../common/progress.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import { isInForce } from '../rooms/ban.policy.js';

export interface Ban {
  readonly userId: string;
  readonly displayName: string;
  readonly until: Date | null;
  readonly reason: string | null;
  readonly by: string;
  readonly createdAt: Date;
}

/** Whose ban somebody wants to set or to lift. */
export interface Target {
  readonly displayName: string;
  readonly isAdmin: boolean;
  readonly isHost: boolean;
}

export type NewBan = Pick<Ban, 'userId' | 'until' | 'reason' | 'by'>;

const IN_FORCE = isInForce('b', 'clock_timestamp()');

const REMOVED_AT_ONCE = 1_000;

const LIST = statement(
  'bans.list',
  `select u.id, u.id as "userId", u.display_name as "displayName", b.until, b.reason,
          b.banned_by as by, b.created_at as "createdAt"
     from bans b join users u on u.id = b.user_id and u.deleted_at is null
    where b.room_id = $1 and ${IN_FORCE} and ($3::uuid is null or b.user_id > $3)
    order by b.user_id limit $2`,
);

// Kept from being deleted until the ban is written.
const FIND_TARGET = statement(
  'bans.find-target',
  `select u.display_name as "displayName", u.role = 'admin' as "isAdmin",
          exists (select from members m where m.room_id = $1 and m.user_id = u.id
                     and m.role = 'host') as "isHost"
     from users u where u.id = $2 and u.deleted_at is null for key share`,
);

// No row if the very same ban is there.
const SET = statement(
  'bans.set',
  `insert into bans as b (room_id, user_id, until, reason, banned_by) values ($1, $2, $3, $4, $5)
   on conflict (room_id, user_id) do update
      set until = excluded.until, reason = excluded.reason, banned_by = excluded.banned_by,
          created_at = clock_timestamp()
    where (b.until, b.reason, b.banned_by)
          is distinct from (excluded.until, excluded.reason, excluded.banned_by)
   returning created_at as "createdAt"`,
);

const FIND_SET = statement(
  'bans.find-set',
  `select created_at as "createdAt" from bans where room_id = $1 and user_id = $2`,
);

const REMOVE = statement(
  'bans.remove',
  `delete from bans b where b.room_id = $1 and b.user_id = $2 and ${IN_FORCE}
   returning user_id as "userId"`,
);

const REMOVE_ENDED = statement(
  'bans.remove-ended',
  `delete from bans where ctid = any (array(
     select ctid from bans where until <= (select clock_timestamp())
      order by until limit $1 for update skip locked))
   returning 1`,
);

/** The rows of `bans`. */
@Injectable()
export class BansRepository {
  constructor(private readonly database: Database) {}

  list(roomId: string, { limit, cursor }: PageQuery): Promise<(Ban & { id: string })[]> {
    return this.database.query(LIST, [roomId, limit + 1, cursor ?? null]);
  }

  /** Undefined if there is no such user. */
  async findTarget(
    transaction: Transaction,
    roomId: string,
    userId: string,
  ): Promise<Target | undefined> {
    const [target] = await rowsOf<Target>(transaction, FIND_TARGET, [roomId, userId]);
    return target;
  }

  /** Puts the ban in the place of one that there may be; `isNew` unless that was the same. */
  async set(
    transaction: Transaction,
    roomId: string,
    { userId, until, reason, by }: NewBan,
  ): Promise<{ createdAt: Date; isNew: boolean }> {
    const values = [roomId, userId, until, reason, by];
    const [set] = await rowsOf<{ createdAt: Date }>(transaction, SET, values);
    if (set) return { ...set, isNew: true };
    const [found] = await rowsOf<{ createdAt: Date }>(transaction, FIND_SET, [roomId, userId]);
    return { ...(found as { createdAt: Date }), isNew: false };
  }

  /** False if there was none in force. */
  async remove(transaction: Transaction, roomId: string, userId: string): Promise<boolean> {
    return (await rowsOf(transaction, REMOVE, [roomId, userId])).length > 0;
  }

  /** Removes bans that have ended; they count for nothing already. */
  removeEnded(): Promise<Progress> {
    return this.database.purgeInBatches(REMOVE_ENDED, [], REMOVED_AT_ONCE);
  }
}
