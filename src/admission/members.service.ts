import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/principal.js';
import { type Page, toPage } from '../common/paging.js';
import { NotFound, NoSuchUser } from '../common/problems.js';
import { Database } from '../database/database.js';
import { AuditService } from '../events/audit.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { RoomsService } from '../rooms/rooms.service.js';
import type { ListMembers, MemberPath, SetMember } from './member.schema.js';
import { type Member, MembersRepository } from './members.repository.js';

/** Who belongs to a room. */
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
   * @throws {NotFound} if there is no such room or user
   * @throws {GuestLimited} if he is a guest, of another room or for a host
   */
  async set({ room, userId }: MemberPath, { role }: SetMember, caller: Caller): Promise<Member> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      const member = await this.members.set(transaction, roomId, userId, role);
      if (!member) throw new NoSuchUser();
      if (!member.isChanged) return member;
      const entry = {
        action: 'member.set',
        actor: caller,
        userId,
        roomId,
        details: { role },
      } as const;
      await this.audit.record(transaction, entry);
      return member;
    });
  }

  /** @throws {NotFound} if there is no such room or member */
  async remove({ room, userId }: MemberPath, caller: Caller): Promise<void> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      const removed = await this.members.remove(transaction, roomId, userId);
      if (!removed)
        throw new NotFound(
          'This user is no member of the room: check the id; the members of the room are listed.',
        );
      const entry = { action: 'member.removed', actor: caller, userId, roomId } as const;
      await this.audit.record(transaction, entry);
      if (removed.isAdmitted) return;
      await this.presence.remove(transaction, { userId, roomId }, 'membership_ended');
    });
  }
}
