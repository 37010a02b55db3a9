import { Injectable } from '@nestjs/common';
import type { SessionKind } from '../../platform/access/session-rights.policy.js';
import type { PageQuery } from '../../platform/http/paging.js';
import {
  Database,
  rowsOf,
  type Statement,
  statement,
  type Transaction,
} from '../../platform/database/database.js';
import { endingOf } from '../accounts/ending-sessions.policy.js';
import { GuestRooms } from './guest-rooms.ports.js';
import { liveSessionSql } from './live-session.js';

export interface Session {
  readonly id: string;
  readonly kind: SessionKind;
  readonly device: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

const REVOKE = statement(
  'sessions.revoke',
  endingOf('select id, sign_in_key from sessions where id = $1 and revoked_at is null'),
);

// Sessions of the caller's own sign-in at an issuer stay: its tokens cannot be told apart.
const IS_OTHER = `s.id is distinct from $2::uuid
  and (s.sign_in_key is null or s.sign_in_key is distinct from
       (select sign_in_key from sessions where id = $2::uuid))`;

/** @param isLive SQL for whether the session `s` of the user `u` is good */
function statementsOf(isLive: string) {
  const liveOfUser = `from sessions s join users u on u.id = s.user_id
  where s.user_id = $1 and ${isLive}`;
  return {
    list: statement(
      'sessions.list',
      `select s.id, s.kind, s.device, s.address, s.created_at as "createdAt", s.last_used_at as "lastUsedAt",
              s.idle_expires_at as "expiresAt" ${liveOfUser} and ($3::uuid is null or s.id > $3)
        order by s.id limit $2`,
    ),
    isStillLive: statement('sessions.is-live', `select s.id ${liveOfUser} and s.id = $2`),
    isCrowded: statement('sessions.is-crowded', `select s.id ${liveOfUser} offset $2 limit 1`),
    endOne: statement(
      'sessions.end-one',
      endingOf(`select s.id, s.sign_in_key ${liveOfUser} and s.id = $2`),
    ),
    // An issuer's session that ran out is ended too, because the next token would renew it, and a
    // participant's session of a closed room, because the room may open again.
    endOthers: statement(
      'sessions.end-others',
      endingOf(`
        select s.id, s.sign_in_key from sessions s join users u on u.id = s.user_id
         where s.user_id = $1 and ${IS_OTHER}
           and (s.kind <> 'own' and s.revoked_at is null or ${isLive})`),
    ),
    endOldest: statement(
      'sessions.end-oldest',
      endingOf(`
        select s.id, s.sign_in_key ${liveOfUser}
         order by s.last_used_at desc, s.id desc offset $2`),
    ),
    // The clock is in a subquery, so that Postgres uses the index and skips the many ended
    // sessions.
    guests: statement(
      'sessions.guests',
      `select count(*)::int as count
         from (select from sessions s join users u on u.id = s.user_id
                where s.invite_id = $1 and s.expires_at > (select clock_timestamp()) and ${isLive}
                limit $2) live`,
    ),
  };
}

/**
 * The live sessions of a user. Operations that open or end several sessions lock the user first, so
 * that none is missed.
 */
@Injectable()
export class UserSessionsRepository {
  private readonly statements: ReturnType<typeof statementsOf>;

  constructor(
    private readonly database: Database,
    guestRooms: GuestRooms,
  ) {
    this.statements = statementsOf(liveSessionSql(guestRooms));
  }

  list(userId: string, { limit, cursor }: PageQuery): Promise<Session[]> {
    return this.database.query(this.statements.list, [userId, limit + 1, cursor ?? null]);
  }

  /** Counts up to `most` live guests of the invite. */
  async countGuests(inviteId: string, most: number, transaction?: Transaction): Promise<number> {
    const [row] = transaction
      ? await rowsOf<{ count: number }>(transaction, this.statements.guests, [inviteId, most])
      : await this.database.query<{ count: number }>(this.statements.guests, [inviteId, most]);
    return row?.count ?? 0;
  }

  async isLive(transaction: Transaction, userId: string, sessionId: string): Promise<boolean> {
    return (await rowsOf(transaction, this.statements.isStillLive, [userId, sessionId])).length > 0;
  }

  /** The methods that end sessions return the ids of all ended sessions. */
  revoke(transaction: Transaction, sessionId: string): Promise<string[]> {
    return this.idsOf(transaction, REVOKE, [sessionId]);
  }

  /** Returns no id if the user has no such session. */
  end(transaction: Transaction, userId: string, sessionId: string): Promise<string[]> {
    return this.idsOf(transaction, this.statements.endOne, [userId, sessionId]);
  }

  endAllBut(transaction: Transaction, userId: string, sessionId: string | null): Promise<string[]> {
    return this.idsOf(transaction, this.statements.endOthers, [userId, sessionId]);
  }

  async areMoreThan(userId: string, most: number): Promise<boolean> {
    return (await this.database.queryOne(this.statements.isCrowded, [userId, most])) !== undefined;
  }

  /** Ends the longest unused sessions until `most` remain. */
  endOldest(transaction: Transaction, userId: string, most: number): Promise<string[]> {
    return this.idsOf(transaction, this.statements.endOldest, [userId, most]);
  }

  private async idsOf(
    transaction: Transaction,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(transaction, statement, values);
    return rows.map(({ id }) => id);
  }
}
