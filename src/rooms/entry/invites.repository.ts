import { Injectable } from '@nestjs/common';
import { Every } from '../../platform/tasks/every.decorator.js';
import { Config } from '../../platform/config/config.js';
import type { PageQuery } from '../../platform/http/paging.js';
import {
  Database,
  reservedStatement,
  rowsOf,
  statement,
  type Transaction,
} from '../../platform/database/database.js';
import type { Progress } from '../../platform/tasks/progress.js';
import { phaseOf } from '../settings/room.phase.js';
import type { RoomRole } from '../room-role.js';
import { usable } from './invite.policy.js';
import type { CreateInvite, InviteView } from './invite.schema.js';

const COLUMNS = `id, role, expires_at as "expiresAt", max_uses as "maxUses", uses, note,
  created_at as "createdAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

// Inserts no row if the invite would have expired already.
const INSERT = statement(
  'invites.insert',
  `insert into invites (id, room_id, code_hash, role, expires_at, max_uses, note)
   select $1, $2, $3, $4, $5::timestamptz, $6, $7
    where $5::timestamptz is null or $5::timestamptz > clock_timestamp()
   returning ${COLUMNS}`,
);

const LIST = statement(
  'invites.list',
  `select ${COLUMNS} from invites
    where room_id = $1
      and ($3::uuid is null
           or (created_at, id) < (select created_at, id from invites where id = $3))
    order by created_at desc, id desc limit $2`,
);

const REVOKE = statement(
  'invites.revoke',
  `with found as (
     select id, revoked_at is null as "isNew" from invites
      where room_id = $1 and id = $2 for no key update
   ), revoked as (
     update invites i set revoked_at = clock_timestamp() from found f
      where i.id = f.id and f."isNew"
   )
   select "isNew" from found`,
);

const FIND_USABLE = reservedStatement(
  'invites.find-usable',
  `select i.id, i.role from invites i
    where i.code_hash = $1 and i.room_id = $2::uuid and ${usable('i')}`,
);

const FIND_FOR_GUEST = statement(
  'invites.find-for-guest',
  `select i.id, i.role, i.room_id as "roomId", clock.phase = 'closed' as "isClosed",
          least(i.expires_at, clock.at + make_interval(secs => $2)) as "endsAt"
     from invites i join rooms r on r.id = i.room_id,
          lateral (select at, ${phaseOf('r', 'at')} as phase
                     from (select clock_timestamp() as at) now) clock
    where i.code_hash = $1 and r.deleted_at is null and ${usable('i')}`,
);

const REDEEM_FOR_GUEST = statement(
  'invites.redeem-for-guest',
  `with redeemed as (
     update invites i set uses = i.uses + 1, last_used_at = clock_timestamp()
      where i.id = $1 and ${usable('i')}
     returning i.id, i.room_id
   )
   insert into members (room_id, user_id, role, invite_id)
   select room_id, $2, $3, id from redeemed
   returning user_id`,
);

const PURGE = statement(
  'invites.purge',
  `delete from invites where ctid = any (array(
     select ctid from invites
      where (revoked_at is not null or expires_at is not null)
        and least(revoked_at, expires_at) < (select clock_timestamp() - make_interval(secs => $1))
      order by least(revoked_at, expires_at) limit $2 for update skip locked))
   returning 1`,
);

const PURGED_AT_ONCE = 1_000;

export interface FoundInvite {
  readonly id: string;
  readonly role: RoomRole;
}

export interface GuestInvite extends FoundInvite {
  readonly roomId: string;
  readonly isClosed: boolean;
  /** The latest end of a guest's sign-in. */
  readonly endsAt: Date;
}

@Injectable()
export class InvitesRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Returns undefined if the invite would have expired already. */
  async insert(
    transaction: Transaction,
    invite: CreateInvite & {
      readonly id: string;
      readonly roomId: string;
      readonly codeHash: Buffer;
    },
  ): Promise<InviteView | undefined> {
    const { id, roomId, codeHash, role, expiresAt = null, maxUses = null, note = null } = invite;
    const values = [id, roomId, codeHash, role, expiresAt, maxUses, note];
    const [row] = await rowsOf<InviteView>(transaction, INSERT, values);
    return row;
  }

  list(roomId: string, { limit, cursor }: PageQuery): Promise<InviteView[]> {
    return this.database.query(LIST, [roomId, limit + 1, cursor ?? null]);
  }

  /** Returns whether it was not revoked before; undefined if there is no such invite. */
  async revoke(transaction: Transaction, roomId: string, id: string): Promise<boolean | undefined> {
    const [row] = await rowsOf<{ isNew: boolean }>(transaction, REVOKE, [roomId, id]);
    return row?.isNew;
  }

  findUsable(codeHash: Buffer, roomId: string | null): Promise<FoundInvite | undefined> {
    return this.database.queryOne(FIND_USABLE, [codeHash, roomId]);
  }

  findForGuest(codeHash: Buffer, lifeSeconds: number): Promise<GuestInvite | undefined> {
    return this.database.queryOne(FIND_FOR_GUEST, [codeHash, lifeSeconds]);
  }

  /** Makes the guest a member, and counts a use; returns false if the invite is used up. */
  async redeemForGuest(
    transaction: Transaction,
    inviteId: string,
    userId: string,
    role: RoomRole,
  ): Promise<boolean> {
    const values = [inviteId, userId, role];
    return (await rowsOf(transaction, REDEEM_FOR_GUEST, values)).length > 0;
  }

  /** Deletes invites that ended more than so many seconds ago; their members stay members. */
  @Every('60 s', 'purge invites')
  purge(afterSeconds = this.config.PERSONAL_DATA_TTL): Promise<Progress> {
    return this.database.purgeInBatches(PURGE, [afterSeconds], PURGED_AT_ONCE);
  }
}
