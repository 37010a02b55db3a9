import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { heldSince, isHeldSince } from '../../platform/access/held-seat.policy.js';
import { stayingOf } from '../entry/stay.policy.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { Config } from '../../platform/config/config.js';
import { Database, statement } from '../../platform/database/database.js';
import { KeyWalk, stepOf } from '../../platform/database/key-walk.js';

const AT_ONCE = 1_000;

// Each seat is looked up separately, behind an offset; as a set join, whole tables might be read. A
// seat that is locked, or was touched after the look-up, is left to the next sweep.
const SWEEP = statement(
  'seats.sweep',
  `with clock as materialized (
     select at, ${heldSince('$3', 'at')} as gone
       from (select clock_timestamp() as at) now
   ), seen as materialized (
     select id, room_id, user_id, session_id, seen_at from seats where id > $1 order by id limit $2
   ), over as materialized (
     select seen.id, not ${isHeldSince('seen', 'clock.gone')} as "ranOut"
       from clock cross join seen
       left join lateral (
         ${stayingOf('seen', 'clock.at')} and ${isHeldSince('seen', 'clock.gone')} offset 0) staying on true
      where staying.id is null
   ), ended as (
     delete from seats where id = any (array(
       select s.id from seats s join over on over.id = s.id
        where s.id = any (array(select id from over))
          and (not over."ranOut" or not ${isHeldSince('s', '(select gone from clock)')})
        order by s.id for update of s skip locked))
   )
   ${stepOf('seen')}`,
);

/**
 * Ends expired seats, and seats of people whose right to stay has ended: a concurrent join may
 * write its seat after the right has ended, and the clock ends rights without any operation.
 */
@Injectable()
export class SeatSweepRepository {
  private readonly walk: KeyWalk;

  constructor(
    database: Database,
    private readonly config: Config,
  ) {
    this.walk = new KeyWalk(database, SWEEP);
  }

  /** Checks all seats; if its time is over, the next call continues. */
  @Every('2.5 s', 'sweep seats')
  sweep(): Promise<Progress> {
    return this.walk.purgeInBatches([this.config.PRESENCE_TTL], AT_ONCE);
  }
}
