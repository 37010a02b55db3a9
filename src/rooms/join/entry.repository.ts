import { Injectable } from '@nestjs/common';
import { runsAllRooms } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import type { EntryFacts } from '../entry/entry.policy.js';
import { BatchLoader } from '../../platform/tasks/batch-loader.js';
import { Config } from '../../platform/config/config.js';
import { Database, type Statement } from '../../platform/database/database.js';
import type { RoomRole } from '../room-role.js';
import { isRoomId } from '../settings/room.schema.js';
import type { GrantedEntry } from './granting.statements.js';
import { COUNT_HELD, READ_BY_ID, READ_BY_SLUG } from './entry.statements.js';

/** Statements in progress per replica; meanwhile, further reads gather for the next statement. */
const READS_AT_ONCE = 3;
const MOST_READS = 50;

export type Person = Pick<Principal, 'userId' | 'sessionId' | 'kind' | 'role' | 'guestRoomId'>;

/** A room and a person who wants to enter, as a single read finds them, by the database's clock. */
export interface Entry extends EntryFacts {
  readonly roomId: string;
  readonly slug: string | null;
  readonly name: string;
  readonly version: number;
  readonly accessCodeHash: Buffer | null;
  readonly accessCodeVersion: number;
  /** The seat of the sign-in; the other seat fields are valid only if there is one. */
  readonly seatId: string | null;
  readonly seatName: string;
  readonly seatRole: RoomRole;
  /** The generation that the seat received last. */
  readonly seatGeneration: number | null;
  readonly seatIsFresh: boolean;
  readonly generation: number;
  readonly isLive: boolean;
  readonly token: Buffer | null;
  readonly tokenKeyId: string | null;
  readonly fingerprint: string | null;
  readonly serveUntil: Date | null;
  readonly expiresAt: Date | null;
  readonly lastEventId: string;
  readonly serverTime: Date;
  /** The invite that makes this person a member together with the seat; null for none. */
  readonly redeems: string | null;
  /** What a grant writes together with the seat; null for people who enter by themselves. */
  readonly grant: GrantedEntry | null;
}

type Known = 'role' | 'guest' | 'holdsSeat' | 'redeems' | 'grant';

/**
 * Whether the seats of a room with a capacity are counted. A caller who is not admitted must not
 * cause this work, nor learn from its duration that the room exists.
 */
export type Counting = 'never' | 'if it decides' | 'always';

interface Ask extends Pick<Person, 'userId' | 'sessionId' | 'kind' | 'guestRoomId'> {
  readonly room: string;
  readonly counting: Counting;
}

/** An entry without the facts that only the caller knows. */
export type EntryRow = Omit<Entry, Known>;

/** The read that begins a join, a heartbeat and a leave; concurrent reads share a round trip. */
@Injectable()
export class EntryRepository {
  private readonly readsById = this.batchOf(READ_BY_ID);
  private readonly readsBySlug = this.batchOf(READ_BY_SLUG);

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** @returns undefined if there is no room with this id or slug */
  async read(
    room: string,
    person: Person,
    counting: Counting = 'never',
  ): Promise<Entry | undefined> {
    const { userId, sessionId, kind, role, guestRoomId } = person;
    const reads = isRoomId(room) ? this.readsById : this.readsBySlug;
    // Administrators are not limited by the capacity.
    const isSpared = runsAllRooms(role) && counting === 'if it decides';
    const asked = isSpared ? 'never' : counting;
    const ask = { userId, sessionId, kind, room, guestRoomId, counting: asked };
    const row = await reads.get(ask);
    // Written into the row itself, because a copy of thirty fields would cost every join.
    if (!row) return undefined;
    const guest = guestAt(row.roomId, person);
    const holdsSeat = row.seatId !== null;
    return Object.assign(row, { role, guest, holdsSeat, redeems: null, grant: null });
  }

  /** Counts held seats, up to the capacity, for a person that an invite has just admitted. */
  async countHeld(roomId: string, capacity: number): Promise<number> {
    const values = [roomId, this.config.PRESENCE_TTL, capacity];
    return (await this.database.queryOne<{ count: number }>(COUNT_HELD, values))?.count ?? 0;
  }

  private batchOf(query: Statement): BatchLoader<EntryRow, Ask> {
    return new BatchLoader(
      async (asks) => {
        const rows = await this.database.query<EntryRow & { place: number }>(query, [
          asks.map(({ userId }) => userId),
          asks.map(({ sessionId }) => sessionId),
          asks.map(({ room }) => room),
          this.config.PRESENCE_TTL,
          asks.map(({ counting }) => counting),
          asks.map(({ guestRoomId }) => guestRoomId),
          asks.map(({ kind }) => kind === 'guest'),
        ]);
        return new Map(rows.map((row) => [asks[row.place - 1] as Ask, row]));
      },
      READS_AT_ONCE,
      MOST_READS,
    );
  }
}

function guestAt(roomId: string, { guestRoomId, kind }: Person): Entry['guest'] {
  if (guestRoomId !== null && guestRoomId !== roomId) return 'elsewhere';
  return kind === 'guest' ? 'here' : null;
}
