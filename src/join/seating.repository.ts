import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Caller } from '../access/principal.js';
import type { RoomRole } from '../admission/entry.policy.js';
import { InviteEntryService } from '../admission/invite-entry.service.js';
import { Config } from '../config/config.js';
import { Database, rowsOf, type Statement, statement } from '../database/database.js';
import { violates } from '../database/database-errors.js';
import { nameKeyOf } from '../presence/participant-name.js';
import type { Entry } from './entry.repository.js';
import { NotSeated } from './redeeming.js';
import {
  TAKE_SEAT,
  TAKE_SEAT_AND_REDEEM,
  UPDATE_SEAT,
  UPDATE_SEAT_AND_REDEEM,
} from './seating.statements.js';

/** What is written down when somebody is seated, or handed another generation. */
export interface Seating {
  readonly entry: Entry;
  readonly person: Caller;
  readonly seatId: string;
  readonly role: RoomRole;
  /** The names to try, the first that is free wins; empty for the name that the seat has. */
  readonly names: readonly string[];
  /** The generation that is handed out; null while the room has no live token. */
  readonly generation: number | null;
  /** Whether the seat did not have this generation yet, so that a holder entry is due. */
  readonly isNewGeneration: boolean;
  /** Whether the capacity counts for this person. */
  readonly minds: boolean;
}

/** `stale`: what the decision was built on has changed; `taken`: a name or the seat was, just now. */
export type Seated = Written | 'stale' | 'taken';

interface Written extends Pick<Entry, 'serverTime' | 'lastEventId'> {
  readonly displayName: string;
}

const LOCK_ROOM = statement(
  'join.lock-room',
  'select 1 from rooms where id = $1 for no key update',
);

/** Transactions of a replica that hold or wait for the lock of a room. */
const LOCKS_AT_ONCE = 3;

// Somebody or something of the decision was deleted while it was written down.
const GONE = [
  'seats_room_id',
  'seats_session_id',
  'seats_user_id',
  'holders_room_id',
  'holders_user_id',
  'members_room_id',
  'members_user_id',
  'members_invite_id',
];

interface ResultRow extends Omit<Written, 'displayName'> {
  readonly isAdmitted: boolean;
  readonly displayName: string | null;
}

/** Seat, name and holder entry, written by one statement that holds only if all is as it was read. */
@Injectable()
export class SeatingRepository {
  private readonly lockPlaces = pLimit(LOCKS_AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly invites: InviteEntryService,
    private readonly config: Config,
  ) {}

  /** Gives a seat to somebody who has none. */
  take(seating: Seating): Promise<Seated> {
    const { capacity, redeems } = seating.entry;
    const limit = seating.minds ? capacity : null;
    const values = [...this.valuesOf(seating), limit];
    if (limit === null && redeems === null) return this.write(TAKE_SEAT, values);
    return redeems === null
      ? this.writeInTurn(seating, TAKE_SEAT, values, limit)
      : this.writeInTurn(seating, TAKE_SEAT_AND_REDEEM, [...values, redeems], limit);
  }

  /** Touches a held seat, and gives it another generation or name. */
  update(seating: Seating): Promise<Seated> {
    const { redeems } = seating.entry;
    const values = this.valuesOf(seating);
    return redeems === null
      ? this.write(UPDATE_SEAT, values)
      : this.writeInTurn(seating, UPDATE_SEAT_AND_REDEEM, [...values, redeems], null);
  }

  private write(query: Statement, values: unknown[]): Promise<Seated> {
    return outcomeOf(async () => seatedOf(await this.database.queryOne<ResultRow>(query, values)));
  }

  /**
   * Where others wait: seats can only be counted exactly while nobody else takes one, and an invite
   * while nobody else uses it. Few wait at once, or they would hold every connection of the replica.
   */
  private writeInTurn(
    { entry: { roomId, redeems }, person }: Seating,
    query: Statement,
    values: unknown[],
    limit: number | null,
  ): Promise<Seated> {
    const work = () =>
      this.database.transaction(async (transaction) => {
        if (limit !== null) await rowsOf(transaction, LOCK_ROOM, [roomId]);
        // Before the statement, since the invite is locked from there on.
        if (redeems !== null)
          await this.invites.record(transaction, { inviteId: redeems, roomId, actor: person });
        const [row] = await rowsOf<ResultRow>(transaction, query, values);
        const seated = seatedOf(row);
        if (typeof seated === 'string') throw new NotSeated(seated);
        return seated;
      });
    return outcomeOf(() => this.lockPlaces(work));
  }

  private valuesOf(seating: Seating): unknown[] {
    const { entry, person, names } = seating;
    return [
      entry.roomId,
      person.userId,
      person.sessionId,
      entry.version,
      entry.phase,
      // Whoever is to become a member is none yet.
      entry.redeems === null ? entry.memberRole : null,
      person.role,
      seating.generation,
      names,
      names.map(nameKeyOf),
      this.config.PRESENCE_TTL,
      seating.seatId,
      seating.role,
      seating.isNewGeneration,
    ];
  }
}

function seatedOf(row: ResultRow | undefined): Seated {
  if (!row?.isAdmitted) return 'stale';
  const { displayName, serverTime, lastEventId } = row;
  return displayName === null ? 'taken' : { displayName, serverTime, lastEventId };
}

async function outcomeOf(work: () => Promise<Seated>): Promise<Seated> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotSeated) return error.outcome;
    if (violates(error, 'seats_name_key')) return 'taken';
    // He became a member meanwhile, maybe by the same invite on another device.
    if (violates(error, 'members_pkey')) return 'stale';
    if (GONE.some((column) => violates(error, `${column}_fkey`))) return 'stale';
    throw error;
  }
}
