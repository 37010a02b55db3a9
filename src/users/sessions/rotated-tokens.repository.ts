import { Injectable } from '@nestjs/common';
import {
  Database,
  decisiveStatement,
  reservedStatement,
  rowsOf,
  statement,
  type Transaction,
} from '../../platform/database/database.js';
import { GuestRooms } from './guest-rooms.ports.js';
import { liveSessionSql } from './live-session.js';
import type { RefreshToken } from './opaque-tokens.js';
import {
  type RefreshedRow,
  type RefreshedSession,
  type Rotation,
  toSession,
  USER,
} from './sessions.repository.js';

/** Seconds in which a rotated token gets the same successor again. */
const RETRY_SECONDS = 10;
/** Seconds in which it gets a different successor, if the first successor was never used. */
const FORK_SECONDS = 24 * 3600;

/**
 * How far a fork advances the counter. A rotation adds 1, for the successor that the fork
 * invalidates. No token gets the number after that: a server of the previous version takes the
 * current token for the successor of its predecessor, and would issue it for the invalid token.
 */
const FORK_STEP = 3;

const isYoungerThan = (seconds: number) =>
  `s.rotated_at > clock_timestamp() - make_interval(secs => ${seconds})`;

// A rotation does not change `rotated_from`, and the counter only rises: after a rotation by any
// version, the value that an earlier fork left there is without effect.
const WAS_ROTATED = 's.counter = $2 + 1';
const WAS_FORKED = `(s.counter = $2 + ${FORK_STEP} and s.rotated_from is not distinct from $2)`;
const MAY_RETRY = `((${WAS_ROTATED} or ${WAS_FORKED}) and ${isYoungerThan(RETRY_SECONDS)})`;
const MAY_FORK = `(${WAS_ROTATED} and ${isYoungerThan(FORK_SECONDS)})`;

const REFRESHED = `s.counter, s.idle_expires_at as "refreshExpiresAt", s.device_id as "deviceId",
  u.password_hash as "passwordHash", clock_timestamp() as now, ${USER} as "user"`;

/** @param isLive SQL for whether the session `s` of the user `u` is good */
function statementsOf(isLive: string) {
  return {
    findSuccessor: decisiveStatement(
      'sessions.find-successor',
      `select ${REFRESHED} from sessions s join users u on u.id = s.user_id
        where s.id = $1 and ${MAY_RETRY} and ${isLive}`,
    ),
    // The counter rises, so only one of several concurrent forks finds the row unchanged.
    fork: reservedStatement(
      'sessions.fork',
      `update sessions s
          set counter = s.counter + ${FORK_STEP - 1}, rotated_from = $2, refresh_hash = $3,
              rotated_at = clock_timestamp(), last_used_at = clock_timestamp(),
              idle_expires_at = least(s.expires_at, clock_timestamp() + make_interval(secs => $4))
         from users u
        where s.id = $1 and ${MAY_FORK} and not ${MAY_RETRY} and u.id = s.user_id and ${isLive}
       returning ${REFRESHED}`,
    ),
  };
}

const REVOKE_REUSED = statement(
  'sessions.revoke-reused',
  `update sessions s set revoked_at = clock_timestamp()
    where s.id = $1 and s.revoked_at is null and s.counter > $2
      and not ${MAY_RETRY} and not ${MAY_FORK}
   returning s.user_id as "userId"`,
);

export interface Succession extends RefreshedSession {
  readonly counter: number;
}

type SuccessionRow = RefreshedRow & { readonly counter: number };

@Injectable()
export class RotatedTokensRepository {
  private readonly statements: ReturnType<typeof statementsOf>;

  constructor(
    private readonly database: Database,
    guestRooms: GuestRooms,
  ) {
    this.statements = statementsOf(liveSessionSql(guestRooms));
  }

  /** Finds the session if the token was the last one accepted, and only moments ago. */
  async findSuccessor({ sessionId, counter }: RefreshToken): Promise<Succession | undefined> {
    const values = [sessionId, counter];
    return toSuccession(
      await this.database.queryOne<SuccessionRow>(this.statements.findSuccessor, values),
    );
  }

  /**
   * Replaces the unused successor by another token; returns undefined if it was used, is already
   * the second, or is too old. The session lasts `idleSeconds` without another refresh.
   */
  async fork(
    transaction: Transaction,
    { counter, sessionId, nextHash }: RefreshToken & Pick<Rotation, 'nextHash'>,
    idleSeconds: number,
  ): Promise<Succession | undefined> {
    const values = [sessionId, counter, nextHash, idleSeconds];
    const [row] = await rowsOf<SuccessionRow>(transaction, this.statements.fork, values);
    return toSuccession(row);
  }

  /** Ends the session of a reused token; returns the user's id if it did. */
  async revokeReused(
    transaction: Transaction,
    { sessionId, counter }: RefreshToken,
  ): Promise<string | undefined> {
    const values = [sessionId, counter];
    const [row] = await rowsOf<{ userId: string }>(transaction, REVOKE_REUSED, values);
    return row?.userId;
  }
}

/** Returns the counter of a fork's token, from the token that was forked. */
export function forkOf({ sessionId, counter }: RefreshToken): RefreshToken {
  return { sessionId, counter: counter + FORK_STEP };
}

function toSuccession(row: SuccessionRow | undefined): Succession | undefined {
  const session = toSession(row);
  return session && row && { ...session, counter: row.counter };
}
