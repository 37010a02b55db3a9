import { Injectable } from '@nestjs/common';
import { runsAllRooms } from '../../platform/access/global-role.js';
import type { Caller } from '../../platform/access/principal.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { type Actor, AuditService, type EntryOfUser } from '../../platform/audit/audit.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { isProtected, type RoomRole } from '../room-role.js';
import { RoomsService } from '../settings/rooms.service.js';
import type { ListMembers, MemberPath, SetMember } from './member.schema.js';
import { type Member, type Membership, MembersRepository } from './members.repository.js';
import { GuestIsNoHost, NoSuchMember, RoleOfHost } from './entry.problems.js';

@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly members: MembersRepository,
    private readonly audit: AuditService,
    private readonly presence: PresenceService,
  ) {}

  async list(room: string, query: ListMembers, caller: Caller): Promise<Page<Member>> {
    const { id } = await this.rooms.findAsHost(room, caller);
    return toPage(await this.members.list(id, query), query);
  }

  /**
   * Adds a member, or changes a member's role. @throws {NotFound} @throws {GuestLimited}
   * @throws {Forbidden} if a host wants to change another host's role
   */
  async set({ room, userId }: MemberPath, { role }: SetMember, caller: Caller): Promise<Member> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      const membership = { roomId, userId };
      const isFree = changesProtected(userId, caller);
      const wishes = [{ userId, role }];
      const [member] = await this.members.set(transaction, roomId, wishes, isFree);
      if (!member) throw new NoSuchUser();
      if (!member.isAllowed) throw new GuestIsNoHost();
      if (!member.isChanged) {
        await this.refuseProtected(transaction, membership, isFree, role);
        return member;
      }
      await this.audit.record(transaction, settingOf(caller, membership, role));
      return member;
    });
  }

  /** @throws {NotFound} @throws {Forbidden} if a host wants to remove another host */
  async remove({ room, userId }: MemberPath, caller: Caller): Promise<void> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      const membership = { roomId, userId };
      const isFree = changesProtected(userId, caller);
      const removed = await this.members.remove(transaction, membership, isFree);
      if (!removed) {
        await this.refuseProtected(transaction, membership, isFree);
        throw new NoSuchMember();
      }
      const entry = { action: 'member.removed', actor: caller, userId, roomId } as const;
      await this.audit.record(transaction, entry);
      if (removed.isAdmitted) return;
      await this.presence.remove(transaction, { userId, roomId }, 'membership_ended');
    });
  }

  /** Refuses if a protected role is why nothing changed; `wish` is undefined for a removal. */
  private async refuseProtected(
    transaction: Transaction,
    membership: Membership,
    isFree: boolean,
    wish?: RoomRole,
  ): Promise<void> {
    if (isFree) return;
    const role = await this.members.findRole(transaction, membership);
    if (role === wish || !isProtected(role)) return;
    throw new RoleOfHost();
  }
}

/** The audit entry about a member who was added, or whose role has changed. */
export function settingOf(
  actor: Actor,
  { roomId, userId }: Membership,
  role: RoomRole,
): EntryOfUser {
  return { action: 'member.set', actor, userId, roomId, details: { role } };
}

/** Hosts may only end their own: otherwise they could take a host's role, then act against them. */
function changesProtected(userId: string, caller: Caller): boolean {
  return runsAllRooms(caller.role) || caller.userId === userId;
}
