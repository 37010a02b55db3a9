import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';

const BATCH = 500;

// A session is opened after its guest was made: who is too young has none that ended long ago.
const PURGE = statement(
  'guests.purge',
  `delete from users where id in (
     select u.id from users u
      where u.kind = 'guest'
        and u.created_at <= (select clock_timestamp() - make_interval(secs => $1))
        and not exists (
          select from sessions s
           where s.user_id = u.id
             and coalesce(s.revoked_at, least(s.expires_at, s.idle_expires_at))
                 > clock_timestamp() - make_interval(secs => $1))
      order by u.created_at limit ${BATCH} for update skip locked)
   returning 1`,
);

/** The rows of `users` that are guests. */
@Injectable()
export class GuestsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Deletes guests whose sign-in has been over for so long, with all that is theirs. In batches, so
   * that no statement is long, and past the rows that another replica purges.
   */
  async purge(afterSeconds: number): Promise<void> {
    while ((await this.database.query(PURGE, [afterSeconds])).length === BATCH);
  }
}
