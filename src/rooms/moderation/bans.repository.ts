import { Injectable } from '@nestjs/common';
import { isAboveBans, isRoleOfPerson, runsAllRooms } from '../../platform/access/global-role.js';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { PageQuery } from '../../platform/http/paging.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { isProtected } from '../room-role.js';
import { isInForce } from '../settings/ban.policy.js';

export interface Ban {
  readonly userId: string;
  readonly displayName: string;
  readonly until: Date | null;
  readonly reason: string | null;
  readonly by: string;
  readonly createdAt: Date;
}

export interface Target {
  readonly displayName: string;
  readonly isAboveBans: boolean;
  /** Whether only administrators decide about a ban of this user. */
  readonly isProtected: boolean;
}

interface FoundBan {
  readonly createdAt: Date;
  /** Whether it is in force and was set by an administrator. */
  readonly isByAdmin: boolean;
}

export type NewBan = Pick<Ban, 'userId' | 'until' | 'reason' | 'by'>;

const IN_FORCE = isInForce('b', 'clock_timestamp()');

// By the current role of the user who banned, which no host can change; unknown for deleted users,
// so they count as administrators. Decided while the row is locked, so that it is the current ban.
const BY_ADMIN = `not exists (select from users a where a.id = b.banned_by and not ${runsAllRooms.sql('a.role')})`;

const REMOVED_AT_ONCE = 1_000;

const LIST = statement(
  'bans.list',
  `select u.id, u.id as "userId", u.display_name as "displayName", b.until, b.reason,
          b.banned_by as by, b.created_at as "createdAt"
     from bans b join users u on u.id = b.user_id and u.deleted_at is null
    where b.room_id = $1 and ${IN_FORCE} and ($3::uuid is null or b.user_id > $3)
    order by b.user_id limit $2`,
);

// Locked, so that the user is not deleted before the ban is written.
const FIND_TARGET = statement(
  'bans.find-target',
  `select u.display_name as "displayName", ${isAboveBans.sql('u.role')} as "isAboveBans",
          ${runsAllRooms.sql('u.role')}
            or exists (select from members m where m.room_id = $1 and m.user_id = u.id
                          and ${isProtected.sql('m.role')}) as "isProtected"
     from users u where u.id = $2 and u.deleted_at is null and ${isRoleOfPerson('u.role')} for key share`,
);

// Returns no row if the same ban exists, or a ban in force that the caller may not change.
const SET = statement(
  'bans.set',
  `insert into bans as b (room_id, user_id, until, reason, banned_by) values ($1, $2, $3, $4, $5)
   on conflict (room_id, user_id) do update
      set until = excluded.until, reason = excluded.reason, banned_by = excluded.banned_by,
          created_at = clock_timestamp()
    where (b.until, b.reason, b.banned_by)
          is distinct from (excluded.until, excluded.reason, excluded.banned_by)
      and ($6 or not ${IN_FORCE} or not ${BY_ADMIN})
   returning created_at as "createdAt"`,
);

const FIND_SET = statement(
  'bans.find-set',
  `select b.created_at as "createdAt", ${IN_FORCE} and ${BY_ADMIN} as "isByAdmin"
     from bans b where b.room_id = $1 and b.user_id = $2`,
);

const REMOVE = statement(
  'bans.remove',
  `delete from bans b where b.room_id = $1 and b.user_id = $2 and ${IN_FORCE}
      and ($3 or not ${BY_ADMIN})
   returning user_id as "userId"`,
);

const REMOVE_ENDED = statement(
  'bans.remove-ended',
  `delete from bans where ctid = any (array(
     select ctid from bans where until <= (select clock_timestamp())
      order by until limit $1 for update skip locked))
   returning 1`,
);

@Injectable()
export class BansRepository {
  constructor(private readonly database: Database) {}

  list(roomId: string, { limit, cursor }: PageQuery): Promise<(Ban & { id: string })[]> {
    return this.database.query(LIST, [roomId, limit + 1, cursor ?? null]);
  }

  /** Returns undefined if there is no such user. */
  async findTarget(
    transaction: Transaction,
    roomId: string,
    userId: string,
  ): Promise<Target | undefined> {
    const [target] = await rowsOf<Target>(transaction, FIND_TARGET, [roomId, userId]);
    return target;
  }

  /**
   * Sets a ban, or replaces the existing ban; `isNew` unless it was the same.
   * @returns 'kept' if a ban by an administrator may not be replaced
   */
  async set(
    transaction: Transaction,
    roomId: string,
    { userId, until, reason, by }: NewBan,
    decidesOnAll: boolean,
  ): Promise<{ createdAt: Date; isNew: boolean } | 'kept'> {
    const values = [roomId, userId, until, reason, by, decidesOnAll];
    const [set] = await rowsOf<{ createdAt: Date }>(transaction, SET, values);
    if (set) return { ...set, isNew: true };
    const [found] = await rowsOf<FoundBan>(transaction, FIND_SET, [roomId, userId]);
    const { createdAt, isByAdmin } = found as FoundBan;
    return !decidesOnAll && isByAdmin ? 'kept' : { createdAt, isNew: false };
  }

  /** Returns 'kept' as in `set`; 'none' if no ban was in force. */
  async remove(
    transaction: Transaction,
    roomId: string,
    userId: string,
    decidesOnAll: boolean,
  ): Promise<'removed' | 'kept' | 'none'> {
    const values = [roomId, userId, decidesOnAll];
    if ((await rowsOf(transaction, REMOVE, values)).length > 0) return 'removed';
    const [found] = await rowsOf<FoundBan>(transaction, FIND_SET, [roomId, userId]);
    return !decidesOnAll && found?.isByAdmin ? 'kept' : 'none';
  }

  /** Deletes bans that have ended; they have no effect any more. */
  @Every('60 s', 'purge bans')
  removeEnded(): Promise<Progress> {
    return this.database.purgeInBatches(REMOVE_ENDED, [], REMOVED_AT_ONCE);
  }
}
