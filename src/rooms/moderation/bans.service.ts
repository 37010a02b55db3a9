import { Injectable } from '@nestjs/common';
import { runsAllRooms } from '../../platform/access/global-role.js';
import type { Caller } from '../../platform/access/principal.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RoomEvents } from '../../platform/room-events/room-events.service.js';
import { ParticipantSessions } from '../../users/participants/participant-sessions.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { RoomsService } from '../settings/rooms.service.js';
import type { BanPath, ListBans, SetBan } from './ban.schema.js';
import { type Ban, BansRepository, type Target } from './bans.repository.js';
import { EvictionsService } from './evictions.service.js';
import {
  AdminNotBannable,
  NoSuchBan,
  BanOfHost,
  BanOfAdministrator,
  BanInThePast,
} from './moderation.problems.js';

/** Bans of users from rooms, which override every other admission. */
@Injectable()
export class BansService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly bans: BansRepository,
    private readonly participantSessions: ParticipantSessions,
    private readonly presence: PresenceService,
    private readonly evictions: EvictionsService,
    private readonly audit: AuditService,
    private readonly events: RoomEvents,
  ) {}

  async list(room: string, query: ListBans, caller: Caller): Promise<Page<Ban>> {
    const { id } = await this.rooms.findAsHost(room, caller);
    return toPage(await this.bans.list(id, query), query);
  }

  /**
   * Bans a user and ends their seats; with `rekey`, everyone else moves to a new token.
   * @throws {NotFound} @throws {AdminNotBannable}
   * @throws {Forbidden} if a host wants to ban a host, or to replace a ban by an administrator
   * @throws {CasUnavailable} if there is no new token; the ban is in force anyway
   */
  async set({ room, userId }: BanPath, body: SetBan, caller: Caller): Promise<Ban> {
    const { until = null, reason = null, rekey } = body;
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    const eviction = { roomId, userId, reason: 'banned', caller } as const;
    const { ban, pending } = await this.database.transaction(async (transaction) => {
      const { displayName, isAboveBans } = await this.findTarget(
        transaction,
        roomId,
        userId,
        caller,
      );
      if (isAboveBans) throw new AdminNotBannable();
      await this.refusePast(transaction, until);
      const by = caller.userId;
      const wish = { userId, until, reason, by };
      const set = await this.bans.set(transaction, roomId, wish, decidesOnAll(caller));
      if (set === 'kept') throw new BanOfAdministrator();
      const ban = { userId, displayName, until, reason, by, createdAt: set.createdAt };
      await this.participantSessions.endInRoom(transaction, { roomId, userId });
      const ended = await this.presence.endSeatsOf(transaction, { roomId, userId });
      const pending = rekey ? await this.evictions.record(transaction, eviction) : undefined;
      if (!set.isNew && ended.length === 0) return { ban, pending };
      const details = { until };
      const entry = { action: 'ban.set', actor: caller, userId, roomId, details } as const;
      await this.audit.record(transaction, entry);
      const removed = { type: 'removed', data: { reason: 'banned' }, userId } as const;
      await this.events.record(transaction, { roomId, ...removed });
      return { ban, pending };
    });
    // Only now, so that no banned user can receive the new token.
    if (pending) await this.evictions.carryOut(pending, eviction);
    return ban;
  }

  /** @throws {NotFound} @throws {Forbidden} for the ban of a host, or a ban by an administrator */
  async remove({ room, userId }: BanPath, caller: Caller): Promise<void> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      await this.findTarget(transaction, roomId, userId, caller);
      const removal = await this.bans.remove(transaction, roomId, userId, decidesOnAll(caller));
      if (removal === 'kept') throw new BanOfAdministrator();
      if (removal === 'none') throw new NoSuchBan();
      const entry = { action: 'ban.removed', actor: caller, userId, roomId } as const;
      await this.audit.record(transaction, entry);
    });
  }

  /** Finds the user; hosts may neither ban each other, nor lift such a ban, not even their own. */
  private async findTarget(
    transaction: Transaction,
    roomId: string,
    userId: string,
    caller: Caller,
  ): Promise<Target> {
    const target = await this.bans.findTarget(transaction, roomId, userId);
    if (!target) throw new NoSuchUser();
    if (target.isProtected && !target.isAboveBans && !decidesOnAll(caller)) throw new BanOfHost();
    return target;
  }

  private async refusePast(transaction: Transaction, until: Date | null): Promise<void> {
    if (until === null || until > (await this.database.now(transaction))) return;
    throw new BanInThePast();
  }
}

function decidesOnAll({ role }: Caller): boolean {
  return runsAllRooms(role);
}
