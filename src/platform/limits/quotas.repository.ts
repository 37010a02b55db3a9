import { Injectable } from '@nestjs/common';
import type { Progress } from '../tasks/progress.js';
import { Database, statement } from '../database/database.js';
import type { QuotaLimit } from './limits.js';

const BATCH = 1_000;

// GCRA: each request spends the next interval, as long as at most a burst is spent ahead.
// $2: seconds per request, $3: seconds of a burst less one request.
const IS_SPENT = 'spent_until > clock_timestamp() + make_interval(secs => $3)';

const TAKE = statement(
  'quotas.take',
  `insert into rate_limits as r (key, spent_until)
   select $1, clock_timestamp() + make_interval(secs => $2)
    where not exists (select from rate_limits where key = $1 and ${IS_SPENT})
   on conflict (key) do update
      set spent_until = greatest(r.spent_until, clock_timestamp()) + make_interval(secs => $2)
    where not r.${IS_SPENT}
   returning 1`,
);

const REMAINING = statement(
  'quotas.remaining',
  `select extract(epoch from spent_until - clock_timestamp())::float8 - $2 as seconds
     from rate_limits where key = $1`,
);

const spentOf = (locking = '') => `
  select greatest(extract(epoch from spent_until - clock_timestamp())::float8 - $2, 0) as seconds,
         ${IS_SPENT.replace('$3', '$2')} as "isSpent"
    from rate_limits where key = $1 ${locking}`;
const LOOK_AT = statement('quotas.look-at', spentOf());
// Waits for requests that are being counted at this moment, but not for others that only look.
const LOOK_AT_SETTLED = statement('quotas.look-at-settled', spentOf('for share'));

const GIVE_BACK = statement(
  'quotas.give-back',
  'update rate_limits set spent_until = spent_until - make_interval(secs => $2) where key = $1',
);

const SWEEP = statement(
  'quotas.sweep',
  `delete from rate_limits where ctid = any (array(
     select ctid from rate_limits where spent_until <= (select clock_timestamp())
      order by spent_until limit $1 for update skip locked))
   returning 1`,
);

@Injectable()
export class QuotasRepository {
  constructor(private readonly database: Database) {}

  async take(key: string, { burst, everySeconds }: QuotaLimit): Promise<number | undefined> {
    const ahead = (burst - 1) * everySeconds;
    if (await this.database.queryOne(TAKE, [key, everySeconds, ahead])) return undefined;
    const row = await this.database.queryOne<{ seconds: number }>(REMAINING, [key, ahead]);
    return row?.seconds ?? everySeconds;
  }

  /** Counts nothing; `isExact` waits for earlier requests that are still being counted. */
  async lookAt(
    key: string,
    { burst, everySeconds }: QuotaLimit,
    isExact: boolean,
  ): Promise<number | undefined> {
    const row = await this.database.queryOne<{ seconds: number; isSpent: boolean }>(
      isExact ? LOOK_AT_SETTLED : LOOK_AT,
      [key, (burst - 1) * everySeconds],
    );
    return row?.isSpent ? row.seconds : undefined;
  }

  async giveBack(key: string, { everySeconds }: QuotaLimit): Promise<void> {
    await this.database.query(GIVE_BACK, [key, everySeconds]);
  }

  sweep(): Promise<Progress> {
    return this.database.purgeInBatches(SWEEP, [], BATCH);
  }
}
