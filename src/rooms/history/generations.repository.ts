import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../../platform/http/paging.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { Database, statement } from '../../platform/database/database.js';
import type { GenerationView } from './generation.schema.js';

// A generation ends when the next one begins, or earlier, when it is not served any more in an
// empty room. If the end of its service was not recorded, the start of the next generation counts.
const LIST = statement(
  'generations.list',
  `select g.generation::text as id, g.generation, g.fingerprint, g.started_at as "startedAt",
          case when next.reason is not null or g.serve_until <= clock.at
               then least(g.serve_until, next.started_at) end as "endedAt",
          coalesce(next.reason, case when g.serve_until <= clock.at then 'expired' end) as reason
     from (select clock_timestamp() as at) clock cross join room_generations g
     left join room_generations next
       on next.room_id = g.room_id and next.generation = g.generation + 1
    where g.room_id = $1 and ($3::int is null or g.generation < $3)
    order by g.generation desc limit $2`,
);

// A served generation has not ended, however short the retention.
const PURGE = statement(
  'generations.purge',
  `delete from room_generations where ctid = any (array(
     select ctid from room_generations
      where coalesce(serve_until, started_at) < (select clock_timestamp() - make_interval(secs => $1))
      order by coalesce(serve_until, started_at) limit $2 for update skip locked))
   returning 1`,
);

const PURGED_AT_ONCE = 1_000;

/** The rows of `room_generations`, which are written when a token is published. */
@Injectable()
export class GenerationsRepository {
  constructor(private readonly database: Database) {}

  list(roomId: string, { limit, cursor }: PageQuery): Promise<(GenerationView & { id: string })[]> {
    return this.database.query(LIST, [roomId, limit + 1, cursor ?? null]);
  }

  purge(afterSeconds: number): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], PURGED_AT_ONCE);
  }
}
