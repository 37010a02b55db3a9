import { Injectable } from '@nestjs/common';
import { runsAllRooms } from '../../platform/access/global-role.js';
import { DatabaseGauge } from '../../platform/metrics/metric.decorator.js';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { Config } from '../../platform/config/config.js';
import {
  Database,
  reservedStatement,
  rowsOf,
  statement,
  type Transaction,
} from '../../platform/database/database.js';
import type { UserSeats, Whose } from '../../users/accounts/user-seats.ports.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';

const TOUCH = reservedStatement(
  'seats.touch',
  `update seats set seen_at = clock_timestamp()
    where id = $1 and ${isHeld('seats', '$2', 'clock_timestamp()')} returning id`,
);

// In the order of the ids, because all replicas touch many seats at once. A locked seat is skipped,
// because another transaction touches or ends it.
const TOUCH_ALL = reservedStatement(
  'seats.touch-all',
  `update seats set seen_at = clock_timestamp() where id in (
     select id from seats where id = any ($1::uuid[])
        and ${isHeld('seats', '$2', 'clock_timestamp()')}
      order by id for no key update skip locked)`,
);

const LEAVE = reservedStatement(
  'seats.leave',
  `delete from seats where id = $1
      and ${isHeld('seats', '$2', 'clock_timestamp()')} returning id`,
);

/** Seats that a transaction ends, so that it stays short; the sweep soon ends the others. */
const ENDED_AT_ONCE = 500;

// In the order of the ids, because seats of listeners are touched concurrently.
const END_OF = statement(
  'seats.end-of',
  `delete from seats where id in (
     select id from seats
      where user_id = $1 and ($2::uuid is null or session_id = $2)
        and ($3::uuid is null or room_id = $3)
      order by id limit ${ENDED_AT_ONCE} for update)
   returning room_id as "roomId", ${isHeld('seats', '$4', 'clock_timestamp()')} as "isHeld"`,
);

const END_ALL = statement(
  'seats.end-all',
  `delete from seats where id in (
     select id from seats where room_id = $1 order by id limit ${ENDED_AT_ONCE} for update)`,
);

const END_OF_SESSIONS = statement(
  'seats.end-of-sessions',
  `delete from seats where id in (
     select id from seats where session_id = any ($1::uuid[])
      order by id limit ${ENDED_AT_ONCE} for update)`,
);

// A locked seat must not prevent a room from ending: the sweep ends the seat later.
const END_BUT_ADMINS = statement(
  'seats.end-but-admins',
  `delete from seats where id in (
     select s.id from seats s join users u on u.id = s.user_id
      where s.room_id = $1 and not ${runsAllRooms.sql('u.role')}
      order by s.id limit ${ENDED_AT_ONCE} for update of s skip locked)`,
);

// As in the entry policy: the user must be a member, or run all rooms.
const END_OF_STRANGERS = statement(
  'seats.end-of-strangers',
  `delete from seats where id in (
     select s.id from seats s
       join rooms r on r.id = s.room_id and r.access = 'members'
       join users u on u.id = s.user_id and not ${runsAllRooms.sql('u.role')}
      where ($1::uuid is null or s.room_id = $1) and ($2::uuid is null or s.user_id = $2)
        and not exists (select from members m where m.room_id = r.id and m.user_id = u.id)
      order by s.id limit ${ENDED_AT_ONCE} for update of s)`,
);

const COUNT_HELD = statement(
  'seats.count-held',
  `select count(*)::int as count from seats
    where ${isHeld('seats', '$1', 'clock_timestamp()')}`,
);

/** The people inside: seats are held from join to leave, or until heartbeats stop. */
@Injectable()
export class PresenceService implements UserSeats {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly events: RoomEvents,
  ) {}

  /** Returns false if the seat is not held any more. */
  async touch(seatId: string): Promise<boolean> {
    return (await this.database.query(TOUCH, [seatId, this.config.PRESENCE_TTL])).length > 0;
  }

  /** Touches seats; seats that are not held any more stay so. */
  async touchAll(seatIds: readonly string[]): Promise<void> {
    await this.database.query(TOUCH_ALL, [seatIds, this.config.PRESENCE_TTL]);
  }

  /** Returns false if the seat was not held any more. */
  async leave(seatId: string): Promise<boolean> {
    return (await this.database.query(LEAVE, [seatId, this.config.PRESENCE_TTL])).length > 0;
  }

  /** Ends these seats, and returns the rooms in which one was held. */
  async endSeatsOf(
    transaction: Transaction,
    { userId, sessionId, roomId }: Whose,
  ): Promise<string[]> {
    const values = [userId, sessionId ?? null, roomId ?? null, this.config.PRESENCE_TTL];
    const ended = await rowsOf<{ roomId: string; isHeld: boolean }>(transaction, END_OF, values);
    return ended.flatMap((seat) => (seat.isHeld ? [seat.roomId] : []));
  }

  /**
   * Ends the seats of ended sign-ins, without an event: their feeds end because they have lost the
   * right to listen, and an event would lock the feeds of their rooms.
   */
  async endSeatsOfSessions(transaction: Transaction, sessionIds: readonly string[]): Promise<void> {
    await rowsOf(transaction, END_OF_SESSIONS, [sessionIds]);
  }

  /** Ends the seats of non-members, in a room or of a user, that rooms no longer admit. */
  async endSeatsOfStrangers(
    transaction: Transaction,
    { roomId, userId }: { readonly roomId?: string; readonly userId?: string },
  ): Promise<void> {
    await rowsOf(transaction, END_OF_STRANGERS, [roomId ?? null, userId ?? null]);
  }

  async endSeats(transaction: Transaction, roomId: string): Promise<void> {
    await rowsOf(transaction, END_ALL, [roomId]);
  }

  /** Ends a user's seats, with events; must be the last call of the transaction. */
  async remove(transaction: Transaction, whose: Whose, reason: RemovalReason): Promise<void> {
    const roomIds = await this.endSeatsOf(transaction, whose);
    if (roomIds.length === 0) return;
    const { userId, sessionId } = whose;
    const whom = { userId, ...(sessionId && { sessionId }) };
    const removed = { type: 'removed', data: { reason }, ...whom } as const;
    await this.events.recordInEach(transaction, roomIds, removed);
  }

  /** Ends the seats in a closed room; administrators may stay. */
  async endSeatsButAdmins(transaction: Transaction, roomId: string): Promise<void> {
    await rowsOf(transaction, END_BUT_ADMINS, [roomId]);
  }

  @DatabaseGauge('seats_held', 'Held seats, over all replicas.')
  async countHeld(): Promise<number> {
    const values = [this.config.PRESENCE_TTL];
    return (await this.database.queryOne<{ count: number }>(COUNT_HELD, values))?.count ?? 0;
  }
}
