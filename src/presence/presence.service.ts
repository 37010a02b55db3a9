import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../database/database.js';

const TOUCH = statement(
  'seats.touch',
  `update seats set seen_at = clock_timestamp()
    where id = $1 and seen_at > clock_timestamp() - make_interval(secs => $2) returning id`,
);

const LEAVE = statement(
  'seats.leave',
  `delete from seats where id = $1
      and seen_at > clock_timestamp() - make_interval(secs => $2) returning id`,
);

const END_OF = statement(
  'seats.end-of',
  `delete from seats where room_id = $1 and user_id = $2
   returning seen_at > clock_timestamp() - make_interval(secs => $3) as "isHeld"`,
);

const END_ALL = statement('seats.end-all', 'delete from seats where room_id = $1');

// In the order of the ids and without waiting, since several replicas sweep.
const SWEEP = statement(
  'seats.sweep',
  `delete from seats where id in (
     select id from seats where seen_at <= clock_timestamp() - make_interval(secs => $1)
      order by id limit 1000 for update skip locked)`,
);

const COUNT_HELD = statement(
  'seats.count-held',
  `select count(*)::int as count from seats
    where seen_at > clock_timestamp() - make_interval(secs => $1)`,
);

/** Who is inside: seats are held from join to leave, or until nothing was heard for a while. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** False if the seat is not held any more. */
  async touch(seatId: string): Promise<boolean> {
    return (await this.database.query(TOUCH, [seatId, this.config.PRESENCE_TTL])).length > 0;
  }

  /** False if the seat was not held any more. */
  async leave(seatId: string): Promise<boolean> {
    return (await this.database.query(LEAVE, [seatId, this.config.PRESENCE_TTL])).length > 0;
  }

  /** Ends all seats of one user in a room. False if none was held. */
  async endSeatsOf(
    transaction: Transaction,
    { roomId, userId }: { readonly roomId: string; readonly userId: string },
  ): Promise<boolean> {
    const values = [roomId, userId, this.config.PRESENCE_TTL];
    const ended = await rowsOf<{ isHeld: boolean }>(transaction, END_OF, values);
    return ended.some(({ isHeld }) => isHeld);
  }

  /** Ends the seats of everybody in the room. */
  async endSeats(transaction: Transaction, roomId: string): Promise<void> {
    await rowsOf(transaction, END_ALL, [roomId]);
  }

  /** Seats that are held now, in all rooms. */
  async countHeld(): Promise<number> {
    const values = [this.config.PRESENCE_TTL];
    return (await this.database.queryOne<{ count: number }>(COUNT_HELD, values))?.count ?? 0;
  }

  /** Removes seats that ran out; they count for nothing already. */
  async sweep(): Promise<void> {
    await this.database.query(SWEEP, [this.config.PRESENCE_TTL]);
  }
}
