import { Injectable } from '@nestjs/common';
import { isRoleOfPerson } from '../../platform/access/global-role.js';
import { isHeld } from '../../platform/access/held-seat.policy.js';
import { onlyRoomOf, roleInSession } from '../../platform/access/session-rights.policy.js';
import type { Caller } from '../../platform/access/principal.js';
import { type AccountStatus, explain, type Explanation } from '../entry/explanation.policy.js';
import { NoSuchRoom, NoSuchUser } from '../../platform/http/problems.js';
import { Config } from '../../platform/config/config.js';
import { Database, statement } from '../../platform/database/database.js';
import { RoomsService } from '../settings/rooms.service.js';
import { EntryRepository, type Person } from './entry.repository.js';

// A seat belongs to a sign-in: a person who is inside on any device is explained by that sign-in.
const FIND_PERSON = statement(
  'join.find-person',
  `select u.id as "userId", u.kind, ${roleInSession('x', 'u')} as role, u.status,
          ${onlyRoomOf('x', 'u')} as "guestRoomId",
          coalesce(s.session_id, '00000000-0000-0000-0000-000000000000') as "sessionId"
     from users u
     left join seats s on s.user_id = u.id and s.room_id = $2
      and ${isHeld('s', '$3', 'clock_timestamp()')}
     left join sessions x on x.id = s.session_id
    where u.id = $1 and u.deleted_at is null and ${isRoleOfPerson('u.role')}
    order by s.seen_at desc nulls last limit 1`,
);

/** Explains to an administrator whether a user can enter now, and by which rules. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly entries: EntryRepository,
    private readonly config: Config,
  ) {}

  /** @throws {NotFound} if there is no such room or user */
  async explain(room: string, userId: string, caller: Caller): Promise<Explanation> {
    const { id: roomId } = await this.rooms.find(room, caller);
    const person = await this.database.queryOne<Person & { status: AccountStatus }>(FIND_PERSON, [
      userId,
      roomId,
      this.config.PRESENCE_TTL,
    ]);
    if (!person) throw new NoSuchUser();
    const entry = await this.entries.read(roomId, person, 'always');
    if (!entry) throw new NoSuchRoom();
    return explain(entry, person.status);
  }
}
