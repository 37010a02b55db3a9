import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Progress } from '../tasks/progress.js';
import { SessionEnded } from '../http/problems.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';
import { violates } from '../database/database-errors.js';

const LIFE_SECONDS = 24 * 3600;
/** After this time without an answer, the process that made the mark must have crashed. */
const DEAD_SECONDS = 30;
const BATCH = 1_000;
/** Maximum number of marks of a user; concurrent requests may exceed it by a few. */
export const MOST_MARKS = 10_000;

const EXPIRED = `k.claimed_at <= clock_timestamp() - make_interval(secs => ${LIFE_SECONDS})`;

// Of concurrent requests, only one inserts the row or takes over a dead row; the others find none.
// A dead mark still belongs to its request, so a different request cannot take it.
const CLAIM = statement(
  'idempotency.claim',
  `insert into idempotency_marks as k (user_id, mark, claim_id, request_hash)
   select $1::uuid, $2::bytea, $3::uuid, $4::bytea
    where exists (select from idempotency_marks where user_id = $1 and mark = $2)
       or (select count(*) from (select from idempotency_marks where user_id = $1
                                  limit ${MOST_MARKS}) own) < ${MOST_MARKS}
   on conflict (user_id, mark) do update
      set claim_id = excluded.claim_id, request_hash = excluded.request_hash,
          claimed_at = clock_timestamp(), answer = null, answer_key_id = null
    where ${EXPIRED}
       or (k.answer is null and k.request_hash = excluded.request_hash
           and k.claimed_at <= clock_timestamp() - make_interval(secs => ${DEAD_SECONDS}))
   returning claim_id`,
);

const FIND = statement(
  'idempotency.find',
  `select request_hash as "requestHash", answer, answer_key_id as "keyId"
     from idempotency_marks k where user_id = $1 and mark = $2 and not ${EXPIRED}`,
);

const FIND_PLACE = statement(
  'idempotency.find-place',
  `select greatest(1, ceil(extract(epoch from min(claimed_at) - clock_timestamp()) + ${LIFE_SECONDS}))::int
            as "retryAfter"
     from idempotency_marks where user_id = $1 having count(*) >= ${MOST_MARKS}`,
);

// Guarded by the claim: a slow process that was given up must not overwrite its successor's answer.
const KEEP = statement(
  'idempotency.keep',
  `update idempotency_marks set answer = $4, answer_key_id = $5
    where user_id = $1 and mark = $2 and claim_id = $3
   returning claim_id`,
);

// A mark with an answer stays: its change was committed, even if the process received an error.
const RELEASE = statement(
  'idempotency.release',
  `delete from idempotency_marks
    where user_id = $1 and mark = $2 and claim_id = $3 and answer is null`,
);

const SWEEP = statement(
  'idempotency.sweep',
  `delete from idempotency_marks where ctid = any (array(
     select ctid from idempotency_marks
      where claimed_at <= (select clock_timestamp() - make_interval(secs => ${LIFE_SECONDS}))
      order by claimed_at limit $1 for update skip locked))
   returning 1`,
);

/** Identifies a request: its user, and a keyed hash of route and key. */
export interface Mark {
  readonly userId: string;
  readonly mark: Buffer;
}

export interface FoundMark {
  readonly requestHash: Buffer;
  /** Encrypted; null until the request is answered. */
  readonly answer: Buffer | null;
  readonly keyId: string | null;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /** Undefined: the mark is held, or the user has too many marks. @throws {SessionEnded} */
  async claim({ userId, mark }: Mark, requestHash: Buffer): Promise<string | undefined> {
    const claimId = randomUUID();
    try {
      const rows = await this.database.query(CLAIM, [userId, mark, claimId, requestHash]);
      return rows.length > 0 ? claimId : undefined;
    } catch (error) {
      if (violates(error, 'idempotency_marks_user_id_fkey')) throw new SessionEnded();
      throw error;
    }
  }

  /** Seconds until the oldest mark expires if the user has too many; undefined if they have not. */
  async findWait(userId: string): Promise<number | undefined> {
    const row = await this.database.queryOne<{ retryAfter: number }>(FIND_PLACE, [userId]);
    return row?.retryAfter;
  }

  find({ userId, mark }: Mark): Promise<FoundMark | undefined> {
    return this.database.queryOne<FoundMark>(FIND, [userId, mark]);
  }

  /** Returns false if another request took over the claim; `transaction` is that of the change. */
  async keep(
    { userId, mark, claimId }: Mark & { readonly claimId: string },
    answer: { readonly bytes: Buffer; readonly keyId: string },
    transaction?: Transaction,
  ): Promise<boolean> {
    const values = [userId, mark, claimId, answer.bytes, answer.keyId];
    const kept = transaction
      ? await rowsOf(transaction, KEEP, values)
      : await this.database.query(KEEP, values);
    return kept.length > 0;
  }

  async release({ userId, mark }: Mark, claimId: string): Promise<void> {
    await this.database.query(RELEASE, [userId, mark, claimId]);
  }

  sweep(): Promise<Progress> {
    return this.database.purgeInBatches(SWEEP, [], BATCH);
  }
}
