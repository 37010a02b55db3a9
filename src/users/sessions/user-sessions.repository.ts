import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../../platform/http/paging.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { IS_LIVE } from './live-session.js';

export interface Session {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

const LIVE_OF_USER = `from sessions s join users u on u.id = s.user_id
  where s.user_id = $1 and ${IS_LIVE}`;

const LIST = statement(
  'sessions.list',
  `select s.id, s.device, s.address, s.created_at as "createdAt", s.last_used_at as "lastUsedAt",
          s.idle_expires_at as "expiresAt" ${LIVE_OF_USER} and ($3::uuid is null or s.id > $3)
    order by s.id limit $2`,
);

const IS_STILL_LIVE = statement('sessions.is-live', `select s.id ${LIVE_OF_USER} and s.id = $2`);

const IS_CROWDED = statement(
  'sessions.is-crowded',
  `select s.id ${LIVE_OF_USER} offset $2 limit 1`,
);

const END = `update sessions set revoked_at = clock_timestamp() where revoked_at is null and id in`;

const REVOKE = statement(
  'sessions.revoke',
  `update sessions set revoked_at = clock_timestamp() where id = $1 and revoked_at is null
   returning user_id as "userId"`,
);

const END_ONE = statement(
  'sessions.end-one',
  `${END} (select s.id ${LIVE_OF_USER} and s.id = $2) returning id`,
);

const END_OTHERS = statement(
  'sessions.end-others',
  `${END} (select s.id ${LIVE_OF_USER} and s.id is distinct from $2::uuid) returning id`,
);

const END_OLDEST = statement(
  'sessions.end-oldest',
  `${END} (select s.id ${LIVE_OF_USER} order by s.last_used_at desc, s.id desc offset $2)
   returning id`,
);

// The clock stands in a subquery, so that the index is used: of the many that have ended none is read.
const GUESTS = statement(
  'sessions.guests',
  `select count(*)::int as count
     from (select from sessions s join users u on u.id = s.user_id
            where s.invite_id = $1 and s.expires_at > (select clock_timestamp()) and ${IS_LIVE}
            limit $2) live`,
);

/**
 * The live sessions of one user. Whoever ends several holds the user before, as whoever opens one
 * does, so that none slips by.
 */
@Injectable()
export class UserSessionsRepository {
  constructor(private readonly database: Database) {}

  list(userId: string, { limit, cursor }: PageQuery): Promise<Session[]> {
    return this.database.query(LIST, [userId, limit + 1, cursor ?? null]);
  }

  /**
   * Guests of the invite whose sign-in lasts.
   * @param most where the count may end
   */
  async countGuests(inviteId: string, most: number, transaction?: Transaction): Promise<number> {
    const [row] = transaction
      ? await rowsOf<{ count: number }>(transaction, GUESTS, [inviteId, most])
      : await this.database.query<{ count: number }>(GUESTS, [inviteId, most]);
    return row?.count ?? 0;
  }

  async isLive(transaction: Transaction, userId: string, sessionId: string): Promise<boolean> {
    return (await rowsOf(transaction, IS_STILL_LIVE, [userId, sessionId])).length > 0;
  }

  /** Ends a session, whosever it is. */
  async revoke(transaction: Transaction, sessionId: string): Promise<void> {
    await rowsOf(transaction, REVOKE, [sessionId]);
  }

  /** False if the user has no such session. */
  async end(transaction: Transaction, userId: string, sessionId: string): Promise<boolean> {
    return (await rowsOf(transaction, END_ONE, [userId, sessionId])).length > 0;
  }

  /** @returns the ids of those that ended */
  async endAllBut(
    transaction: Transaction,
    userId: string,
    sessionId: string | null,
  ): Promise<string[]> {
    const ended = await rowsOf<{ id: string }>(transaction, END_OTHERS, [userId, sessionId]);
    return ended.map(({ id }) => id);
  }

  /** Whether the user has more than so many. */
  async areMoreThan(userId: string, most: number): Promise<boolean> {
    return (await this.database.queryOne(IS_CROWDED, [userId, most])) !== undefined;
  }

  /**
   * Ends those that were not used for longest.
   * @param most how many may stay
   * @returns the ids of those that ended
   */
  async endOldest(transaction: Transaction, userId: string, most: number): Promise<string[]> {
    const ended = await rowsOf<{ id: string }>(transaction, END_OLDEST, [userId, most]);
    return ended.map(({ id }) => id);
  }
}
