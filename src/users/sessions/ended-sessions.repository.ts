import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Config } from '../../platform/config/config.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import { Database, statement } from '../../platform/database/database.js';
import { KeyWalk, stepOf } from '../../platform/database/key-walk.js';

const AT_ONCE = 1_000;

const before = (seconds: string) => `clock_timestamp() - make_interval(secs => ${seconds})`;

const purgingBy = (column: string) =>
  statement(
    `sessions.by-${column}.purge`,
    `delete from sessions where ctid = any (array(
       select ctid from sessions where ${column} < (select ${before('$1')})
        order by ${column} limit $2 for update skip locked))
     returning 1`,
  );
const PURGE_REVOKED = purgingBy('revoked_at');
const PURGE_EXPIRED = purgingBy('expires_at');

// No index leads to these rows, because every refresh would have to update it.
const PURGE_IDLE = statement(
  'sessions.idle.purge',
  `with seen as materialized (
     select id, idle_expires_at from sessions where id > $1 order by id limit $2
   ), gone as (
     delete from sessions where id = any (array(
       select s.id from sessions s
        where s.id = any (array(select id from seen where idle_expires_at < ${before('$3')}))
          and s.idle_expires_at < ${before('$3')}
          for update skip locked))
   )
   ${stepOf('seen')}`,
);

@Injectable()
export class EndedSessionsRepository {
  private readonly walk: KeyWalk;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {
    this.walk = new KeyWalk(database, PURGE_IDLE);
  }

  /** Deletes sessions that ended more than so many seconds ago, with their remaining seats. */
  @Every('60 s', 'purge sessions')
  purge(afterSeconds = this.config.PERSONAL_DATA_TTL): Promise<Progress> {
    const values = [afterSeconds];
    return inTurn(
      () => this.database.purgeInBatches(PURGE_REVOKED, values, AT_ONCE),
      () => this.database.purgeInBatches(PURGE_EXPIRED, values, AT_ONCE),
      () => this.purgeIdle(values),
    );
  }

  // A part of the rows per call, because most sessions are live; over time it sees them all.
  private async purgeIdle(values: readonly unknown[]): Promise<Progress> {
    await this.walk.purgeInBatches(values, AT_ONCE);
    return 'done';
  }
}
