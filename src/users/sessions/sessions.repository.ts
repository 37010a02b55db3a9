import { Injectable } from '@nestjs/common';
import { type LiveSession, LiveSessions } from '../../platform/access/access.ports.js';
import { onlyRoomOf, roleInSession } from '../../platform/access/session-rights.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import type { Origin } from '../../platform/http/request.js';
import { Config } from '../../platform/config/config.js';
import {
  Database,
  decisiveStatement,
  reservedStatement,
  rowsOf,
  statement,
  type Transaction,
} from '../../platform/database/database.js';
import { listParameter } from '../../platform/database/list-parameter.js';
import { lockTimeoutOf, BatchWriter } from '../../platform/database/batch-writer.js';
import { type AuditEntry, auditingOf, auditValuesOf } from '../../platform/audit/audit.service.js';
import { holdingOf } from '../accounts/user-passwords.service.js';
import type { UserView } from '../accounts/user.schema.js';
import { GuestRooms } from './guest-rooms.ports.js';
import { liveSessionSql } from './live-session.js';
import type { Device } from './opaque-tokens.js';

export const USER = `json_build_object('id', u.id, 'kind', u.kind, 'issuer', u.issuer,
  'externalId', u.external_id, 'email', u.email, 'displayName', u.display_name,
  'role', u.role, 'status', u.status, 'createdAt', u.created_at)`;

const NOTE_USE = reservedStatement(
  'sessions.note-use',
  'update sessions set is_repeatable = false where id = $1 and is_repeatable',
);

/** Opens no session if the query `who` finds no row. `invite` is SQL for a guest's invite. */
const openingOf = (who = '', invite = 'null') => `insert into sessions
    (id, user_id, device_id, refresh_hash, device, address, idle_expires_at, expires_at, invite_id)
   select $1, $2, $3, $4, $5, $6, least(clock.at + make_interval(secs => $7), clock.ends),
          clock.ends, ${invite}
     from ${who} (select at, least(at + make_interval(secs => $8), $9::timestamptz) as ends
             from (select clock_timestamp() as at) now) clock
   returning idle_expires_at as "refreshExpiresAt", clock_timestamp() as now`;

const OPEN = statement('sessions.open', openingOf('', '$10::uuid'));

// In one round trip; five would add a twentieth to the time of a sign-in.
const OPEN_BY_PASSWORD = statement(
  'sessions.open-by-password',
  `with ${holdingOf('$2', '$10')}, opened as (${openingOf('held cross join')}),
        ${auditingOf('opened', 11)}
   select * from opened`,
);

/** @param isLive SQL for whether the session `s` of the user `u` is good */
function statementsOf(isLive: string) {
  return {
    findLive: decisiveStatement(
      'sessions.find-live',
      `select s.id as "sessionId", u.id as "userId", u.kind, ${onlyRoomOf('s', 'u')} as "guestRoomId",
              ${roleInSession('s', 'u')} as role, u.display_name as "displayName",
              case s.kind when 'issuer' then u.first_seen_at else s.created_at end as "signedInAt",
              s.token_issued_at as "tokenIssuedAt", s.ended_before as "endedBefore",
              s.expires_at as "endsAt", u.role_decided_at as "roleDecidedAt",
              u.password_is_temporary as "hasTemporaryPassword", s.is_repeatable as "isRepeatable",
              clock_timestamp() as "seenAt"
         from sessions s join users u on u.id = s.user_id
        where s.id = any (${listParameter('$1', 'uuid')}) and ${isLive}`,
    ),
    // The hash contains the counter, so only one of several concurrent uses finds its row. The list
    // makes Postgres read, and therefore lock, the rows by their key and in its order.
    rotate: reservedStatement(
      'sessions.rotate',
      `with patience as materialized (select ${lockTimeoutOf('$5')})
       update sessions s
          set counter = s.counter + 1, refresh_hash = asked.next, rotated_at = clock_timestamp(),
              last_used_at = clock_timestamp(),
              idle_expires_at = least(s.expires_at, clock_timestamp() + make_interval(secs => $4))
         from unnest(${listParameter('$1', 'uuid')}, ${listParameter('$2', 'bytea')},
                     ${listParameter('$3', 'bytea')}) with ordinality
              asked (session_id, current, next, place),
              users u, patience
        where s.id = any (${listParameter('$1', 'uuid')}) and s.id = asked.session_id and s.refresh_hash = asked.current
          and u.id = s.user_id and ${isLive}
       returning asked.place::int, s.idle_expires_at as "refreshExpiresAt", s.device_id as "deviceId",
                 u.password_hash as "passwordHash", clock_timestamp() as now, ${USER} as "user"`,
    ),
  };
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly refreshHash: Buffer;
  readonly origin: Origin;
  /** The latest end of the session; the configured end if undefined. */
  readonly endsAt?: Date | undefined;
  readonly inviteId?: string | undefined;
}

export type GuestStay = Required<Pick<NewSession, 'endsAt' | 'inviteId'>>;

export interface OpenedSession {
  readonly now: Date;
  readonly refreshExpiresAt: Date;
}

export interface RefreshedSession extends OpenedSession, Omit<Device, 'userId'> {
  readonly user: UserView;
}

/** The exchange of a refresh token, by the hashes of both tokens. */
export interface Rotation {
  readonly sessionId: string;
  readonly currentHash: Buffer;
  readonly nextHash: Buffer;
}

export type RefreshedRow = Omit<RefreshedSession, 'user'> & {
  readonly user: Omit<UserView, 'createdAt'> & { readonly createdAt: string };
};

interface Live {
  readonly principal: LiveSession;
  /** Whether it was never used, so that the answer that opened it may be repeated. */
  readonly isRepeatable: boolean;
}

@Injectable()
export class SessionsRepository extends LiveSessions {
  private readonly statements: ReturnType<typeof statementsOf>;
  private readonly lookUps = new BatchLoader<Live>((ids) => this.findAllLive(ids), 2, 50);
  private readonly rotations = new BatchWriter<RefreshedRow, Rotation>(
    (rotations, lockTimeout) => this.rotateAll(rotations, lockTimeout),
    ({ sessionId }) => sessionId,
  );

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    guestRooms: GuestRooms,
  ) {
    super();
    this.statements = statementsOf(liveSessionSql(guestRooms));
  }

  /** Every request calls it; concurrent calls share a round trip. */
  async findLive(sessionId: string): Promise<LiveSession | undefined> {
    const live = await this.lookUps.get(sessionId);
    // After its first use, the answer that opened a session is not repeated. The update is
    // separate, so that other requests do not wait for the row, which may be locked.
    if (live?.isRepeatable) await this.database.query(NOTE_USE, [sessionId]);
    return live?.principal;
  }

  private async findAllLive(sessionIds: string[]): Promise<Map<string, Live>> {
    const found = await this.database.query<LiveSession & { isRepeatable: boolean }>(
      this.statements.findLive,
      [sessionIds],
    );
    return new Map(
      found.map(({ isRepeatable, ...principal }) => [
        principal.sessionId,
        { principal, isRepeatable },
      ]),
    );
  }

  async open(transaction: Transaction, session: NewSession): Promise<OpenedSession> {
    const [row] = await rowsOf<OpenedSession>(transaction, OPEN, [
      ...this.valuesOf(session),
      session.inviteId ?? null,
    ]);
    return row as OpenedSession;
  }

  /**
   * Opens a session and writes its audit entry; returns undefined if `stored`, the hash that
   * matched, is no longer the hash of an active user.
   */
  openByPassword(
    session: NewSession,
    stored: string,
    entry: AuditEntry,
  ): Promise<OpenedSession | undefined> {
    const values = [...this.valuesOf(session), stored, ...auditValuesOf(entry)];
    return this.database.queryOne(OPEN_BY_PASSWORD, values);
  }

  private valuesOf(session: NewSession): unknown[] {
    const { id, userId, deviceId, refreshHash, origin, endsAt = null } = session;
    const { device, address } = origin;
    const { SESSION_IDLE_TTL, SESSION_TTL } = this.config;
    const lives = [SESSION_IDLE_TTL, SESSION_TTL, endsAt];
    return [id, userId, deviceId, refreshHash, device, address, ...lives];
  }

  /** Returns undefined if the token is not current, or the session has ended. */
  async rotate(rotation: Rotation): Promise<RefreshedSession | undefined> {
    return toSession(await this.rotations.write(rotation));
  }

  private async rotateAll(
    unordered: readonly Rotation[],
    lockTimeout: number,
  ): Promise<ReadonlyMap<Rotation, RefreshedRow>> {
    // Sorted, so that two statements do not deadlock.
    const rotations = unordered.toSorted((one, other) =>
      one.sessionId < other.sessionId ? -1 : 1,
    );
    const rows = await this.database.query<RefreshedRow & { place: number }>(
      this.statements.rotate,
      [
        rotations.map(({ sessionId }) => sessionId),
        rotations.map(({ currentHash }) => currentHash),
        rotations.map(({ nextHash }) => nextHash),
        this.config.SESSION_IDLE_TTL,
        lockTimeout,
      ],
    );
    return new Map(rows.map((row) => [rotations[row.place - 1] as Rotation, row]));
  }
}

export function toSession(row: RefreshedRow | undefined): RefreshedSession | undefined {
  return row && { ...row, user: { ...row.user, createdAt: new Date(row.user.createdAt) } };
}
