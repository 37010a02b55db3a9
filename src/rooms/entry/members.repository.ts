import { Injectable } from '@nestjs/common';
import { isRoleOfPerson, runsAllRooms } from '../../platform/access/global-role.js';
import type { PageQuery } from '../../platform/http/paging.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { GuestIsNoHost } from './entry.problems.js';
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

const SELECT = `select u.id, u.id as "userId", u.display_name as "displayName", m.role
   from members m join users u on u.id = m.user_id
  where m.room_id = $1 and u.deleted_at is null`;

const LIST = statement(
  'members.list',
  `${SELECT} and ($3::uuid is null or m.user_id > $3) order by m.user_id limit $2`,
);

// Returns no row for an unknown user or an API key, and no role for a guest who cannot have it. The member is
// locked before the comparison, so that nobody changes a protected role in between.
const SET = statement(
  'members.set',
  `with person as (select id, display_name, guest_room_id from users
                    where id = $2 and deleted_at is null and ${isRoleOfPerson('role')}
                      for key share),
        allowed as (select id from person
                     where guest_room_id is null or (guest_room_id = $1 and not ${needsAccount.sql('$3::text')})),
        changed as (insert into members as m (room_id, user_id, role)
                    select $1::uuid, id, $3::text from allowed
                    on conflict (room_id, user_id) do update set role = excluded.role
                     where m.role <> excluded.role and ($4 or not ${isProtected.sql('m.role')})
                    returning user_id)
   select p.id as "userId", p.display_name as "displayName",
          case when a.id is not null then $3 end as role, c.user_id is not null as "isChanged"
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
   * Returns undefined for an unknown user.
   * @throws {GuestLimited} for a guest of another room, or for a role that needs an account
   */
  async set(
    transaction: Transaction,
    { roomId, userId }: Membership,
    role: RoomRole,
    changesProtected: boolean,
  ): Promise<(Member & { isChanged: boolean }) | undefined> {
    const values = [roomId, userId, role, changesProtected];
    const rows = await rowsOf<{ role: RoomRole | null }>(transaction, SET, values);
    if (rows[0]?.role === null) throw new GuestIsNoHost();
    return rows[0] as (Member & { isChanged: boolean }) | undefined;
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
