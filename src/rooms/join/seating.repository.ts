import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import type { RoomRole } from '../room-role.js';
import { InviteEntryService } from '../entry/invite-entry.service.js';
import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, type Statement, statement } from '../../platform/database/database.js';
import { LOCK_TIMEOUT_MS } from '../../platform/database/session-settings.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';
import { BatchWriter } from '../../platform/database/batch-writer.js';
import { foldedOf } from '../../platform/http/folding.js';
import type { Entry } from './entry.repository.js';
import { type GrantedEntry, valuesOfGrant } from './granting.statements.js';
import {
  NotSeated,
  outcomeOf,
  type ResultRow,
  type Seated,
  seatedOf,
  type TakenRow,
} from './seating.outcome.js';
import {
  type SeatAsk,
  TAKE_GRANTED_SEAT,
  TAKE_GRANTED_SEAT_IN_TURN,
  TAKE_SEAT,
  TAKE_SEAT_AND_REDEEM,
  TAKE_SEATS,
  UPDATE_GRANTED_SEAT,
  UPDATE_SEAT_AND_REDEEM,
  UPDATE_SEATS,
} from './seating.statements.js';
import { TooManyEnter } from './join.problems.js';

/** The data that is written when a person is seated, or receives another generation. */
export interface Seating {
  readonly entry: Entry;
  readonly person: Caller;
  readonly seatId: string;
  readonly role: RoomRole;
  /** The names to try; the first free name is used. Empty to keep the seat's name. */
  readonly names: readonly string[];
  /** The generation of the answer; null while the room has no live token. */
  readonly generation: number | null;
  /** Whether the seat has not had this generation before, so that a holder entry is written. */
  readonly isNewGeneration: boolean;
  readonly respectsCapacity: boolean;
}

const LOCK_ROOM = statement(
  'join.lock-room',
  'select 1 from rooms where id = $1 for no key update',
);

// Before rooms and seats, in the same order as operations that end the sessions of a user.
const LOCK_USER = statement(
  'join.lock-user',
  'select 1 from users where id = $1 for no key update',
);

// In the order of the ids, like all transactions that end several seats.
const LOCK_SEATS = statement(
  'join.lock-seats',
  `select id from seats
    where id = any (array(
      select id from (select id, room_id from seats where user_id = $1 offset 0) own
       where room_id = $2))
    order by id for update`,
);

/** Lock timeout of a transaction that holds the room's lock, because everybody waits for it. */
const HELD_LOCK_TIMEOUT_MS = 150;

/** Transactions of a replica that hold or wait for the lock of a room; two per room. */
const LOCKS = { places: 3, perKey: 2, waitingPerKey: 1_000, patienceMs: 8_000 };
/** One transaction per user, so that a user's locked rows block at most one place. */
const LOCKS_OF_USER = { places: Infinity, perKey: 1, waitingPerKey: 100, patienceMs: 8_000 };

/**
 * Writes seat, name and holder entry with one statement, if everything is still as it was read.
 * Concurrent requests share a statement: its round trip and commit cost more than the writes.
 */
@Injectable()
export class SeatingRepository {
  private readonly locksOfUser = new FairQueue(LOCKS_OF_USER, () => new TooManyEnter());
  private readonly locks = new FairQueue(LOCKS, () => new TooManyEnter());
  private readonly taking = this.sharing<TakenRow>(TAKE_SEATS);
  private readonly updating = this.sharing<ResultRow>(UPDATE_SEATS);

  constructor(
    private readonly database: Database,
    private readonly invites: InviteEntryService,
    private readonly events: RoomEvents,
    private readonly config: Config,
  ) {}

  /**
   * Takes a seat for a sign-in without one. If the person has the maximum number of seats in the
   * room, or the room is full, it replaces their oldest seat.
   */
  take(seating: Seating): Promise<Seated> {
    const ask = askOf(seating);
    if (seating.entry.grant?.isDue) return this.takeGranted(seating, ask, seating.entry.grant);
    if (ask.invite !== null) return this.writeInTurn(seating, TAKE_SEAT_AND_REDEEM, ask);
    if (ask.capacity !== null) return this.writeInTurn(seating, TAKE_SEAT, ask);
    return outcomeOf(async () => {
      const row = await this.taking.write(ask);
      // Separately, because the others of the statement would wait for the lock of the room's feed.
      if (row?.isAdmitted && row.isCrowded) return this.writeInTurn(seating, TAKE_SEAT, ask);
      return seatedOf(row);
    });
  }

  update(seating: Seating): Promise<Seated> {
    const ask = { ...askOf(seating), capacity: null };
    const { grant } = seating.entry;
    if (grant?.isDue) return outcomeOf(() => this.updateGranted(ask, grant));
    if (ask.invite !== null) return this.writeInTurn(seating, UPDATE_SEAT_AND_REDEEM, ask);
    // Two concurrent changes to the same name would fail the statement, and delay everybody in it.
    if (ask.names.length > 0) return outcomeOf(() => this.inTurn(ask, () => this.rename(ask)));
    return outcomeOf(async () => seatedOf(await this.updating.write(ask)));
  }

  /** By itself, because a grant may create the person, for which equal grants wait. */
  private takeGranted(seating: Seating, ask: SeatAsk, grant: GrantedEntry): Promise<Seated> {
    const more = valuesOfGrant(grant);
    const inTurn = () => this.writeInTurn(seating, TAKE_GRANTED_SEAT_IN_TURN, ask, more);
    if (ask.capacity !== null) return inTurn();
    return outcomeOf(async () => {
      const values = [...this.valuesOf([ask]), ...more];
      const row = await this.database.queryOne<TakenRow>(TAKE_GRANTED_SEAT, values);
      return row?.isCrowded ? inTurn() : seatedOf(row);
    });
  }

  private async updateGranted(ask: SeatAsk, grant: GrantedEntry): Promise<Seated> {
    const values = [...this.valuesOf([ask]), ...valuesOfGrant(grant)];
    return seatedOf(await this.database.queryOne(UPDATE_GRANTED_SEAT, values));
  }

  private sharing<Row extends ResultRow>(query: Statement): BatchWriter<Row, SeatAsk> {
    return new BatchWriter(async (asks, lockTimeout) => {
      const values = this.valuesOf(asks, lockTimeout);
      const rows = await this.database.query<Row>(query, values);
      return new Map(rows.map((row) => [asks[row.place - 1] as SeatAsk, row]));
    }, personOf);
  }

  private async rename(ask: SeatAsk): Promise<Seated> {
    return seatedOf(await this.database.queryOne(UPDATE_SEATS, this.valuesOf([ask])));
  }

  /**
   * Under locks, the counts of seats and uses are exact, and the person's oldest seat cannot end.
   * Few requests may wait, because each holds a connection.
   */
  private writeInTurn(
    { person }: Seating,
    query: Statement,
    ask: SeatAsk,
    more: readonly unknown[] = [],
  ): Promise<Seated> {
    const { room: roomId, invite: inviteId } = ask;
    const { userId } = person;
    const work = () =>
      this.database.reservedTransaction(async (transaction) => {
        // The statement of a grant locks the user too.
        if (more.length > 0) await rowsOf(transaction, LOCK_USER, [userId]);
        if (ask.capacity !== null) await rowsOf(transaction, LOCK_ROOM, [roomId]);
        else if (inviteId === null) await rowsOf(transaction, LOCK_SEATS, [userId, roomId]);
        // Before the statement, because the statement locks the invite.
        if (inviteId !== null)
          await this.invites.record(transaction, { inviteId, roomId, actor: person });
        const values = [...this.valuesOf([ask], HELD_LOCK_TIMEOUT_MS), ...more];
        const [row] = await rowsOf<ResultRow & Partial<TakenRow>>(transaction, query, values);
        const seated = seatedOf(row);
        if (typeof seated === 'string') throw new NotSeated(seated);
        const removed = { type: 'removed', data: { reason: 'replaced' }, roomId, userId } as const;
        for (const sessionId of row?.replaced ?? [])
          await this.events.record(transaction, { ...removed, sessionId });
        return seated;
      });
    return outcomeOf(() => this.inTurn(ask, work));
  }

  private inTurn({ person, room }: SeatAsk, work: () => Promise<Seated>): Promise<Seated> {
    return this.locksOfUser.run(person, () => this.locks.run(room, work));
  }

  private valuesOf(asks: readonly SeatAsk[], lockTimeout = LOCK_TIMEOUT_MS): unknown[] {
    return [JSON.stringify(asks), this.config.PRESENCE_TTL, lockTimeout];
  }
}

function personOf({ person }: SeatAsk): string {
  return person;
}

function askOf({ entry, person, names, ...seating }: Seating): SeatAsk {
  return {
    seat: seating.seatId,
    room: entry.roomId,
    person: person.userId,
    session: person.sessionId,
    version: entry.version,
    phase: entry.phase,
    membership: formerRoleOf(entry),
    globalRole: person.role,
    role: seating.role,
    generation: seating.generation,
    issued: seating.isNewGeneration,
    names,
    keys: names.map(foldedOf),
    capacity: seating.respectsCapacity ? entry.capacity : null,
    invite: entry.redeems,
  };
}

/** A person who is about to become a member is not a member yet. */
function formerRoleOf({ redeems, grant, memberRole }: Entry): string | null {
  if (grant) return grant.memberRole;
  return redeems === null ? (memberRole ?? null) : null;
}
