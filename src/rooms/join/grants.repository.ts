import { Injectable } from '@nestjs/common';
import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import { OF_PARTICIPANT } from '../../platform/access/session-rights.policy.js';
import { isLiveSession } from '../../platform/access/live-session.policy.js';
import { Config } from '../../platform/config/config.js';
import { Database, decisiveStatement } from '../../platform/database/database.js';
import { isRoomId } from '../settings/room.schema.js';
import type { Entry, EntryRow } from './entry.repository.js';
import { ENTRY } from './entry.statements.js';

/** The person of a grant; the ids are new if there is no such person or session yet. */
export interface Grantee {
  readonly userId: string;
  readonly sessionId: string;
  readonly isNewPerson: boolean;
  readonly isNewSession: boolean;
  /** The end of the session; null if there is none. */
  readonly endsAt: Date | null;
  /** Null if there is no such person. */
  readonly role: string | null;
  readonly status: string | null;
  /** Differs after every change of the person's row; null if there is no such person. */
  readonly userVersion: string | null;
  readonly isDeleted: boolean;
  /** Whether only the identity of a deleted person is left. */
  readonly isErased: boolean;
  /** Whether the account is disabled again when a deleted person returns. */
  readonly staysDisabled: boolean;
}

export interface GrantQuestion {
  readonly room: string;
  readonly identityKey: Buffer;
  readonly device: string;
  readonly newUserId: string;
  readonly newSessionId: string;
}

// `$4` is the parameter of `ENTRY`. The seats are always counted, because a backend may know that the room exists.
const reading = (type: string, column: string) => `
  select ask.user_id as "userId", ask.session_id as "sessionId",
         p.id is null or p.erased_at is not null as "isNewPerson", x.id is null as "isNewSession",
         x.expires_at as "endsAt", p.role, p.status,
         p.xmin::text as "userVersion", p.deleted_at is not null as "isDeleted",
         p.erased_at is not null as "isErased", coalesce(p.stays_disabled, false) as "staysDisabled",
         to_jsonb(entry) is not null as "isRoom", entry.*
    from (select 1) once
    left join users p on p.identity_key = $1
    left join rooms named on named.${column} = $2::${type} and named.deleted_at is null
    left join lateral (
      select s.id, s.expires_at from sessions s
       where s.user_id = p.id and s.room_id = named.id and s.device = $3 and s.kind = '${OF_PARTICIPANT}'
         and ${isLiveSession('s', 'p', 'clock_timestamp()')}) x on true
   cross join lateral (
      select coalesce(p.id, $5::uuid) as user_id, coalesce(x.id, $6::uuid) as session_id,
             'always' as counting, null::uuid as only_room, false as is_guest) ask
    left join lateral (${ENTRY} and r.id = named.id offset 0) entry on true`;

const READ_BY_ID = decisiveStatement('grants.read-by-id', reading('uuid', 'id'));
const READ_BY_SLUG = decisiveStatement('grants.read-by-slug', reading('text', 'slug'));

/** The read that begins a grant: the person, their session for the room, and the entry, at once. */
@Injectable()
export class GrantsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** The entry is undefined if there is no such room. */
  async read(asked: GrantQuestion): Promise<{ grantee: Grantee; entry: Entry | undefined }> {
    const { room, identityKey, device, newUserId, newSessionId } = asked;
    const row = (await this.database.queryOne<Grantee & EntryRow & { isRoom: boolean }>(
      isRoomId(room) ? READ_BY_ID : READ_BY_SLUG,
      [identityKey, room, device, this.config.PRESENCE_TTL, newUserId, newSessionId],
    )) as Grantee & EntryRow & { isRoom: boolean };
    const holdsSeat = row.seatId !== null;
    const known = { guest: null, holdsSeat, redeems: null, grant: null };
    return {
      grantee: row,
      entry: row.isRoom ? { ...row, ...known, role: ORDINARY_GLOBAL_ROLE } : undefined,
    };
  }
}
