import { Injectable } from '@nestjs/common';
import type { Progress } from '../tasks/progress.js';
import { Database, statement } from '../database/database.js';

/** Guesses without a wait; the waits after them double from 1 s to 15 min. */
const FREE = 10;
const LONGEST_SECONDS = 900;
const BATCH = 1_000;

const IS_FORGOTTEN = `t.touched_at < clock_timestamp() - interval '1 day'`;
const COUNT = `case when ${IS_FORGOTTEN} then 1 else t.attempts + 1 end`;

// Counted in a single statement before the guess is checked, so that parallel guesses cannot bypass
// the limit. A refused guess locks and writes no row, so that a flood costs one look-up each.
const TAKE = statement(
  'guesses.take',
  `insert into throttles as t (key, attempts)
   select $1, 1
    where not exists (select from throttles where key = $1 and blocked_until > clock_timestamp())
   on conflict (key) do update
      set attempts = ${COUNT}, touched_at = clock_timestamp(),
          blocked_until = case when ${COUNT} >= ${FREE} then clock_timestamp() + make_interval(
            secs => least(${LONGEST_SECONDS}, 2 ^ least(${COUNT} - ${FREE}, 20))) end
    where t.blocked_until is null or t.blocked_until <= clock_timestamp()
   returning attempts`,
);

const REMAINING = statement(
  'guesses.remaining',
  `select extract(epoch from blocked_until - clock_timestamp())::float8 as seconds
     from throttles where key = $1 and blocked_until > clock_timestamp()`,
);

// Returns a guess that was never checked. A count without any guess is deleted.
const GIVE_BACK = statement(
  'guesses.give-back',
  `with emptied as (delete from throttles where key = $1 and attempts <= 1)
   update throttles set attempts = attempts - 1, blocked_until = null
    where key = $1 and attempts > 1`,
);

const FORGET = statement('guesses.forget', 'delete from throttles where key = $1');

const SWEEP = statement(
  'guesses.sweep',
  `delete from throttles where ctid = any (array(
     select ctid from throttles
      where touched_at < (select clock_timestamp() - interval '1 day')
      order by touched_at limit $1 for update skip locked))
   returning 1`,
);

@Injectable()
export class GuessesRepository {
  constructor(private readonly database: Database) {}

  async take(key: string): Promise<number | undefined> {
    if (await this.database.queryOne(TAKE, [key])) return undefined;
    return (await this.remaining(key)) ?? 1;
  }

  /** Returns the seconds until the next guess is allowed; undefined if it is allowed now. */
  async remaining(key: string): Promise<number | undefined> {
    return (await this.database.queryOne<{ seconds: number }>(REMAINING, [key]))?.seconds;
  }

  async giveBack(key: string): Promise<void> {
    await this.database.query(GIVE_BACK, [key]);
  }

  async forget(key: string): Promise<void> {
    await this.database.query(FORGET, [key]);
  }

  sweep(): Promise<Progress> {
    return this.database.purgeInBatches(SWEEP, [], BATCH);
  }
}
