import { Injectable } from '@nestjs/common';
import { isRoleOfPerson, runsAllRooms } from '../../platform/access/global-role.js';
import type { PageQuery } from '../../platform/http/paging.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { isProtected, needsAccount, type RoomRole } from '../room-role.js';

export interface Member {
  readonly userId: string;
  readonly displayName: string;
  readonly role: RoomRole;
}

export interface Membership {
  readonly roomId: string;
  readonly userId: string;
}

/** The role that a user gets. */
export interface Wish {
  readonly userId: string;
  readonly role: RoomRole;
}

export interface SetMembership extends Member {
  /** False for a guest of another room, and for a guest whose role needs an account. */
  readonly isAllowed: boolean;
  /** Whether the membership is new, or has another role than before. */
  readonly isChanged: boolean;
  readonly isAdded: boolean;
}

const SELECT = `select u.id, u.id as "userId", u.display_name as "displayName", m.role
   from members m join users u on u.id = m.user_id
  where m.room_id = $1 and u.deleted_at is null`;

const LIST = statement(
  'members.list',
  `${SELECT} and ($3::uuid is null or m.user_id > $3) order by m.user_id limit $2`,
);

// Returns no row for an unknown user or an API key. Users and members are locked in the order of
// the ids, so that concurrent lists do not deadlock. A member is locked before the comparison, so
// that nobody changes a protected role in between. Only an inserted row has no `xmax`.
const SET = statement(
  'members.set',
  `with person as (select u.id, u.display_name, u.guest_room_id, w.role
                     from unnest($2::uuid[], $3::text[]) w (user_id, role)
                     join users u on u.id = w.user_id
                    where u.deleted_at is null and ${isRoleOfPerson('u.role')}
                    order by u.id for key share of u),
        allowed as (select id, role from person
                     where guest_room_id is null or (guest_room_id = $1 and not ${needsAccount.sql('role')})),
        changed as (insert into members as m (room_id, user_id, role)
                    select $1::uuid, id, role from allowed order by id
                    on conflict (room_id, user_id) do update set role = excluded.role
                     where m.role <> excluded.role and ($4 or not ${isProtected.sql('m.role')})
                    returning user_id, xmax = 0 as is_added)
   select p.id as "userId", p.display_name as "displayName", p.role,
          a.id is not null as "isAllowed", c.user_id is not null as "isChanged",
          coalesce(c.is_added, false) as "isAdded"
     from person p left join allowed a on a.id = p.id left join changed c on c.user_id = p.id`,
);

const FIND_ROLE = statement(
  'members.find-role',
  'select role from members where room_id = $1 and user_id = $2',
);

const REMOVE = statement(
  'members.remove',
  `delete from members m using rooms r, users u
    where m.room_id = $1 and m.user_id = $2 and r.id = m.room_id and u.id = m.user_id
      and ($3 or not ${isProtected.sql('m.role')})
   returning r.access = 'users' or ${runsAllRooms.sql('u.role')} as "isAdmitted"`,
);

@Injectable()
export class MembersRepository {
  constructor(private readonly database: Database) {}

  list(roomId: string, { limit, cursor }: PageQuery): Promise<(Member & { id: string })[]> {
    return this.database.query(LIST, [roomId, limit + 1, cursor ?? null]);
  }

  /**
   * Gives each user a role, in one statement. Returns nothing about unknown users.
   * @param wishes of different users
   */
  async set(
    transaction: Transaction,
    roomId: string,
    wishes: readonly Wish[],
    changesProtected: boolean,
  ): Promise<SetMembership[]> {
    const userIds = wishes.map(({ userId }) => userId);
    const roles = wishes.map(({ role }) => role);
    return rowsOf(transaction, SET, [roomId, userIds, roles, changesProtected]);
  }

  async findRole(
    transaction: Transaction,
    { roomId, userId }: Membership,
  ): Promise<RoomRole | undefined> {
    const [row] = await rowsOf<{ role: RoomRole }>(transaction, FIND_ROLE, [roomId, userId]);
    return row?.role;
  }

  /** Returns whether the room still admits the person; undefined if no member could be removed. */
  async remove(
    transaction: Transaction,
    { roomId, userId }: Membership,
    changesProtected: boolean,
  ): Promise<{ isAdmitted: boolean } | undefined> {
    const values = [roomId, userId, changesProtected];
    const [row] = await rowsOf<{ isAdmitted: boolean }>(transaction, REMOVE, values);
    return row;
  }
}
