import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Config } from '../../platform/config/config.js';
import { inTurn, type Progress } from '../../platform/tasks/progress.js';
import { Database, statement } from '../../platform/database/database.js';

const PURGED_AT_ONCE = 1_000;

// Reports of a live session still count, however short the retention.
const purgingOf = (table: string) =>
  statement(
    `old-reports.${table}.purge`,
    `delete from ${table} where ctid = any (array(
       select ctid from ${table} d
        where reported_at < (select clock_timestamp() - make_interval(secs => $1))
          and not exists (
            select from room_tokens t
             where t.room_id = d.room_id and t.generation = d.generation
               and t.serve_until > clock_timestamp())
        order by reported_at limit $2 for update skip locked))
     returning 1`,
  );
const PURGE_REPORTERS = purgingOf('dead_session_reporters');
const PURGE_COUNTS = purgingOf('dead_sessions');

/** The rows of `dead_sessions` and `dead_session_reporters` that have no effect any more. */
@Injectable()
export class OldReportsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  @Every('60 s', 'purge reports')
  purge(afterSeconds = this.config.PERSONAL_DATA_TTL): Promise<Progress> {
    const purging = (purge: typeof PURGE_COUNTS) => () =>
      this.database.purgeInBatches(purge, [afterSeconds], PURGED_AT_ONCE);
    return inTurn(purging(PURGE_REPORTERS), purging(PURGE_COUNTS));
  }
}
