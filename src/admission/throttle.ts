import { Injectable } from '@nestjs/common';
import { RateLimited } from '../common/problems.js';
import { Database, statement } from '../database/database.js';

/** Guesses that cost nothing; then 1 s doubling to 15 min. */
const FREE = 10;
const LONGEST_SECONDS = 900;

// Counted before the guess is looked at, in one statement, so that parallel guesses cannot slip by.
// A day without a guess starts anew.
const TAKE = statement(
  'throttle.take',
  `insert into throttles as t (key, attempts) values ($1, 1)
   on conflict (key) do update
      set attempts = case when t.touched_at < clock_timestamp() - interval '1 day' then 1
                          else t.attempts + 1 end,
          touched_at = clock_timestamp(),
          blocked_until = case when t.touched_at < clock_timestamp() - interval '1 day'
                                 or t.attempts + 1 < ${FREE} then null
            else clock_timestamp() + make_interval(secs =>
              least(${LONGEST_SECONDS}, 2 ^ least(t.attempts + 1 - ${FREE}, 20))) end
    where t.blocked_until is null or t.blocked_until <= clock_timestamp()
   returning attempts`,
);

const REMAINING = statement(
  'throttle.remaining',
  `select extract(epoch from blocked_until - clock_timestamp())::float8 as seconds
     from throttles where key = $1`,
);

const FORGET = statement('throttle.forget', 'delete from throttles where key = $1');

/** Counts guesses in Postgres, so the count is one for all replicas. */
@Injectable()
export class Throttle {
  constructor(private readonly database: Database) {}

  /** @throws {RateLimited} if there were too many guesses; this one is not counted then */
  async take(key: string): Promise<void> {
    const taken = await this.database.queryOne(TAKE, [key]);
    if (taken) return;
    const left = await this.database.queryOne<{ seconds: number | null }>(REMAINING, [key]);
    throw new RateLimited('Too many wrong guesses; wait before the next one.', {
      retryAfter: Math.max(1, left?.seconds ?? 1),
    });
  }

  /** A right guess clears the count. */
  async forget(key: string): Promise<void> {
    await this.database.query(FORGET, [key]);
  }
}
