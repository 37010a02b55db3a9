import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { runsAllRooms } from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { foldedOf } from '../../platform/http/folding.js';
import { containing, type PageQuery } from '../../platform/http/paging.js';
import { Config } from '../../platform/config/config.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { violates } from '../../platform/database/database-errors.js';
import type { RoomRole } from '../room-role.js';
import { joiningBan } from './ban.policy.js';
import { Room } from './room.entity.js';
import { type Phase, phaseOf } from './room.phase.js';
import { isRoomId } from './room.schema.js';
import { SlugTaken } from './rooms.problems.js';

/** Reads rooms: admins see every room, other users the rooms that they may enter. */
export type Viewer = Pick<Principal, 'userId' | 'kind' | 'role' | 'guestRoomId'>;

/** A room as its answer shows it, with the viewer's role in it. */
export type VisibleRoom = Omit<
  Room,
  'accessCodeHash' | 'accessCodeVersion' | 'endedAt' | 'deletedAt' | 'searchKey'
> & {
  readonly phase: Phase;
  readonly hasAccessCode: boolean;
  /** Null if there are many people; `RoomCrowds` counts them for viewers who may see the number. */
  readonly participantCount: number | null;
  readonly token: { readonly generation: number; readonly expiresAt: string } | null;
  readonly memberRole: RoomRole | null;
  readonly isBanned: boolean;
};

type NewRoom = { readonly id: string } & {
  readonly [Name in keyof Room]?: Room[Name] | undefined;
};

/** Seats that this read counts itself; a list shows 200 rooms, each of which may be crowded. */
const FEW = 100;

// Read together with the room: three round trips would take three times as long.
const COLUMNS = `
  select r.id, r.slug, r.name, r.description, r.access, r.status, r.opens_at as "opensAt",
         r.closes_at as "closesAt", r.early_entry_seconds as "earlyEntrySeconds",
         r.premint_seconds as "premintSeconds", r.capacity, r.metadata, r.version,
         r.access_code_hash is not null as "hasAccessCode",
         r.created_at as "createdAt", r.updated_at as "updatedAt",
         ${phaseOf('r', 'clock.at')} as phase,
         case when t.expires_at is not null then
           jsonb_build_object('generation', t.generation, 'expiresAt', t.expires_at) end as token,
         m.role as "memberRole", b.user_id is not null as "isBanned",
         (select nullif(count(*), ${FEW})::int
            from (select from seats s where s.room_id = r.id
                     and ${isHeld('s', '$2', 'clock.at')} limit ${FEW}) few)
           as "participantCount"
    from (select clock_timestamp() as at) clock cross join rooms r
    join room_tokens t on t.room_id = r.id
    left join members m on m.room_id = r.id and m.user_id = $1
    ${joiningBan('b', 'r.id', '$1', 'clock.at')}`;

const FIND = `${COLUMNS}
   where r.deleted_at is null
     and ($4::uuid is null or r.id = $4)
     and ($3 or r.access = 'users' and not $5 or m.user_id is not null)`;
const FIND_BY_ID = statement('rooms.find-by-id', `${FIND} and r.id = $6`);
const FIND_BY_SLUG = statement('rooms.find-by-slug', `${FIND} and r.slug = $6`);

const NO_ID = '00000000-0000-0000-0000-000000000000';
const FILTER = `r.deleted_at is null and r.id > $3
     and ($5::text is null or r.search_key like $5
          or r.search_key is null and (r.name ilike $7 or r.slug ilike $7))
     and ($6::text is null or ${phaseOf('r', 'clock_timestamp()')} = $6)`;

const LIST = statement('rooms.list', `${COLUMNS} where ${FILTER} order by r.id limit $4`);

// Two short walks along an index each, however many rooms are hidden from this user.
const LIST_VISIBLE = statement(
  'rooms.list-visible',
  `with visible as (
     (select r.id from rooms r where r.access = 'users' and ${FILTER} order by r.id limit $4)
     union
     (select r.id from members o join rooms r on r.id = o.room_id
       where o.user_id = $1 and o.room_id > $3 and ${FILTER} order by o.room_id limit $4)
   )
   ${COLUMNS} join visible v on v.id = r.id order by r.id limit $4`,
);

const CREATE_TOKEN_ROW = statement(
  'rooms.create-token-row',
  'insert into room_tokens (room_id) values ($1)',
);

@Injectable()
export class RoomsRepository {
  constructor(
    @InjectRepository(Room) private readonly rooms: Repository<Room>,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  within(transaction: Transaction): RoomsRepository {
    return new RoomsRepository(transaction.getRepository(Room), this.database, this.config);
  }

  /** @param room id or slug */
  findVisible(room: string, viewer: Viewer): Promise<VisibleRoom | undefined> {
    const find = isRoomId(room) ? FIND_BY_ID : FIND_BY_SLUG;
    return this.database.queryOne<VisibleRoom>(find, [
      viewer.userId,
      this.config.PRESENCE_TTL,
      runsAllRooms(viewer.role),
      viewer.guestRoomId,
      viewer.kind === 'guest',
      room,
    ]);
  }

  /** Returns the changed room for its answer, in the transaction, which sees its own changes. */
  async findChanged(
    transaction: Transaction,
    id: string,
    { userId }: Viewer,
  ): Promise<VisibleRoom> {
    const values = [userId, this.config.PRESENCE_TTL, true, null, false, id];
    const [room] = await rowsOf<VisibleRoom>(transaction, FIND_BY_ID, values);
    return room as VisibleRoom;
  }

  list(
    viewer: Viewer,
    filter: PageQuery & { search?: string | undefined; phase?: Phase | undefined },
  ): Promise<VisibleRoom[]> {
    const { limit, cursor = NO_ID, search, phase } = filter;
    const key = search === undefined ? null : containing(foldedOf(search));
    const pattern = search === undefined ? null : containing(search);
    const list = runsAllRooms(viewer.role) ? LIST : LIST_VISIBLE;
    const { PRESENCE_TTL } = this.config;
    const page = [viewer.userId, PRESENCE_TTL, cursor, limit + 1];
    return this.database.query(list, [...page, key, phase ?? null, pattern]);
  }

  findForUpdate(id: string): Promise<Room | null> {
    return this.rooms.findOne({
      where: { id, deletedAt: IsNull() },
      // Weaker than `for update`, which would block everybody who takes a seat.
      lock: { mode: 'for_no_key_update' },
    });
  }

  /** Omitted settings get the defaults of their columns. @throws {SlugTaken} */
  async insert(room: NewRoom): Promise<void> {
    await this.refuseTakenSlug(this.rooms.insert(room as object));
    await rowsOf(this.rooms.manager, CREATE_TOKEN_ROW, [room.id]);
  }

  /** @throws {SlugTaken} */
  async change(id: string, changes: Partial<Room>): Promise<void> {
    const update = this.rooms.update({ id }, {
      ...changes,
      version: () => 'version + 1',
      updatedAt: () => 'clock_timestamp()',
    } as object);
    await this.refuseTakenSlug(update);
  }

  async markDeleted(id: string): Promise<void> {
    await this.rooms.update({ id }, { deletedAt: () => 'clock_timestamp()' });
  }

  private async refuseTakenSlug(statement: Promise<unknown>): Promise<void> {
    try {
      await statement;
    } catch (error) {
      if (violates(error, 'rooms_slug_key')) throw new SlugTaken();
      throw error;
    }
  }
}
