import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import type { UserView } from '../accounts/user.schema.js';
import { GuestRooms } from './guest-rooms.ports.js';
import { liveSessionSql } from './live-session.js';
import {
  type RefreshedRow,
  type RefreshedSession,
  toSession,
  USER,
} from './sessions.repository.js';

const LIFE_SECONDS = 600;
const BATCH = 1_000;

const IS_OVER = `k.made_at <= clock_timestamp() - make_interval(secs => ${LIFE_SECONDS})`;

// Of concurrent requests, only one writes the row; the others wait for its commit.
const WRITE = statement(
  'sign-in-marks.write',
  `with repeatable as (update sessions set is_repeatable = true where id = $4)
   insert into sign_in_marks as k (mark, request_hash, user_id, session_id)
   values ($1, $2, $3, $4)
   on conflict (mark) do update
      set request_hash = excluded.request_hash, user_id = excluded.user_id,
          session_id = excluded.session_id, made_at = clock_timestamp()
    where ${IS_OVER}
   returning k.user_id`,
);

const PURGE = statement(
  'sign-in-marks.purge',
  `delete from sign_in_marks where ctid = any (array(
     select ctid from sign_in_marks
      where made_at <= (select clock_timestamp() - make_interval(secs => ${LIFE_SECONDS}))
      order by made_at limit $1 for update skip locked))
   returning 1`,
);

/** @param isLive SQL for whether the session `s` of the user `u` is good */
function statementsOf(isLive: string) {
  return {
    // Without a session, an administrator must approve the account first.
    find: statement(
      'sign-in-marks.find',
      `select k.request_hash as "requestHash", k.session_id as "sessionId",
              k.session_id is null or (s.is_repeatable and s.counter = 0 and ${isLive}) as "isUnused",
              s.idle_expires_at as "refreshExpiresAt", s.device_id as "deviceId",
              u.password_hash as "passwordHash", clock_timestamp() as now, ${USER} as "user"
         from sign_in_marks k join users u on u.id = k.user_id left join sessions s on s.id = k.session_id
        where k.mark = $1 and not ${IS_OVER}`,
    ),
  };
}

/** Keyed hashes of a request's key and body. */
export interface SignInMark {
  readonly mark: Buffer;
  readonly requestHash: Buffer;
}

export interface MadeSignIn {
  readonly userId: string;
  readonly sessionId: string | null;
}

export interface FoundSignIn {
  readonly requestHash: Buffer;
  /** Whether the session was not used since it was opened. */
  readonly isUnused: boolean;
  readonly user: UserView;
  readonly session: (RefreshedSession & { readonly sessionId: string }) | undefined;
}

type FoundRow = RefreshedRow & {
  readonly requestHash: Buffer;
  readonly sessionId: string | null;
  readonly isUnused: boolean | null;
};

@Injectable()
export class SignInMarksRepository {
  private readonly statements: ReturnType<typeof statementsOf>;

  constructor(
    private readonly database: Database,
    guestRooms: GuestRooms,
  ) {
    this.statements = statementsOf(liveSessionSql(guestRooms));
  }

  async find(mark: Buffer): Promise<FoundSignIn | undefined> {
    const row = await this.database.queryOne<FoundRow>(this.statements.find, [mark]);
    const found = toSession(row);
    if (!row || !found) return undefined;
    const { requestHash, sessionId, isUnused } = row;
    const session = sessionId === null ? undefined : { ...found, sessionId };
    return { requestHash, isUnused: isUnused === true, user: found.user, session };
  }

  /** Returns false if another request has the mark. */
  async write(
    transaction: Transaction,
    { mark, requestHash }: SignInMark,
    { userId, sessionId }: MadeSignIn,
  ): Promise<boolean> {
    const values = [mark, requestHash, userId, sessionId];
    return (await rowsOf(transaction, WRITE, values)).length > 0;
  }

  @Every('60 s', 'purge sign-in marks')
  purge(): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [], BATCH);
  }
}
