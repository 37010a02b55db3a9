import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { phaseOf } from '../settings/room.phase.js';
import { pauseEndOf, pauseSecondsOf } from '../../tokens/protocol/rekey-pause.policy.js';

/** Seconds that an attempt may take before any replica tries again. */
const ATTEMPT_SECONDS = 15;
const BATCH = 16;

export interface PendingRekey {
  readonly id: string;
  readonly roomId: string;
  readonly reason: string;
  readonly actorId: string;
  /** Null if it concerns several users. */
  readonly userId: string | null;
  readonly requestId: string | null;
}

/** A re-key that a replica has taken and is carrying out. */
export interface DueRekey extends PendingRekey {
  readonly generation: number;
  readonly isOver: boolean;
}

// One per room, which covers all requests. The generation to end is chosen after the commit,
// because until then the user may still receive a newer one.
const ADD = statement(
  'pending-rekeys.add',
  `insert into pending_rekeys as p (room_id, id, reason, actor_id, user_id, request_id, due_at)
   values ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => ${ATTEMPT_SECONDS}))
   on conflict (room_id) do update
      set id = excluded.id, generation = null, reason = excluded.reason,
          actor_id = excluded.actor_id, request_id = excluded.request_id, due_at = excluded.due_at,
          user_id = case when p.user_id = excluded.user_id then p.user_id end`,
);

const DEFER = statement(
  'pending-rekeys.defer',
  `update pending_rekeys p
      set generation = coalesce(p.generation, t.generation), due_at = ${pauseEndOf('t', '$2')}
     from room_tokens t
    where p.room_id = $1 and t.room_id = p.room_id
      and ${pauseEndOf('t', '$2')} > clock_timestamp()
   returning 1`,
);

const TAKE_DUE = statement(
  'rooms.due-rekeys',
  `with due as (
     select room_id from pending_rekeys where due_at <= (select clock_timestamp())
      order by due_at limit ${BATCH} for update skip locked
   ), taken as (
     update pending_rekeys p
        set generation = coalesce(p.generation, t.generation),
            due_at = clock_timestamp() + make_interval(secs => ${ATTEMPT_SECONDS})
       from due join room_tokens t on t.room_id = due.room_id
      where p.room_id = due.room_id
     returning p.*
   )
   select p.id, p.room_id as "roomId", p.generation, p.reason, p.actor_id as "actorId",
          p.user_id as "userId", p.request_id as "requestId",
          r.deleted_at is not null or ${phaseOf('r', 'clock_timestamp()')} = 'closed' as "isOver"
     from taken p join rooms r on r.id = p.room_id`,
);

const POSTPONE = statement(
  'pending-rekeys.postpone',
  `update pending_rekeys p
      set due_at = greatest(clock_timestamp() + interval '1 s', t.retry_at, ${pauseEndOf('t', '$2')})
     from room_tokens t
    where p.id = $1 and t.room_id = p.room_id`,
);

const REMOVE = statement(
  'pending-rekeys.remove',
  'delete from pending_rekeys where room_id = $1 and id = $2',
);

/** The rows of `pending_rekeys`: at most one per room. */
@Injectable()
export class PendingRekeysRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Replaces the room's pending re-key, whose generation is chosen anew after the commit. */
  async add(transaction: Transaction, rekey: PendingRekey): Promise<void> {
    const { roomId, id, reason, actorId, userId, requestId } = rekey;
    await rowsOf(transaction, ADD, [roomId, id, reason, actorId, userId, requestId]);
  }

  /** Defers it until the pause ends, and chooses the generation to end; false without a pause. */
  async defer(roomId: string): Promise<boolean> {
    const values = [roomId, pauseSecondsOf(this.config)];
    return (await this.database.query(DEFER, values)).length > 0;
  }

  /** Takes the due re-keys; no other replica takes them for the length of an attempt. */
  takeDue(): Promise<DueRekey[]> {
    return this.database.query(TAKE_DUE, []);
  }

  /** Postpones it until CAS may be called again for the room. */
  async postpone({ id }: PendingRekey): Promise<void> {
    await this.database.query(POSTPONE, [id, pauseSecondsOf(this.config)]);
  }

  /** Deletes it, unless another re-key has replaced it in the meantime. */
  async remove({ roomId, id }: Pick<PendingRekey, 'roomId' | 'id'>): Promise<void> {
    await this.database.query(REMOVE, [roomId, id]);
  }
}
