import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Config } from '../../platform/config/config.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { Database, statement } from '../../platform/database/database.js';

const PURGED_AT_ONCE = 200;

// A session is opened after its guest, so young guests need not be checked. Of the older guests, a
// bounded number of the oldest is checked, because some of them have later sessions.
const PURGE = statement(
  'guests.purge',
  `with oldest as (
     select id from users
      where kind = 'guest'
        and created_at <= (select clock_timestamp() - make_interval(secs => $1))
      order by created_at limit 10 * $2::int
   ), gone as (
     select o.id from oldest o
      where not exists (
        select from sessions s
         where s.user_id = o.id
           and coalesce(s.revoked_at, least(s.expires_at, s.idle_expires_at))
               > clock_timestamp() - make_interval(secs => $1))
      limit $2
   )
   delete from users where id = any (array(
     select id from users where id = any (array(select id from gone)) for update skip locked))
   returning 1`,
);

/** The rows of `users` that are guests. */
@Injectable()
export class GuestsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Deletes guests whose sign-in ended more than so many seconds ago, with all their rows. */
  @Every('60 s', 'purge guests')
  purge(afterSeconds = this.config.PERSONAL_DATA_TTL): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], PURGED_AT_ONCE);
  }
}
