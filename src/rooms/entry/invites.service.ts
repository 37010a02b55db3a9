import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { Database } from '../../platform/database/database.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RoomsService } from '../settings/rooms.service.js';
import { InviteCodes } from './invite-codes.js';
import type {
  CreateInvite,
  InvitePath,
  InviteView,
  ListInvites,
  NewInviteView,
} from './invite.schema.js';
import { InvitesRepository } from './invites.repository.js';
import { NoSuchInvite, InviteInThePast } from './entry.problems.js';

/** The invites of a room, for its hosts. */
@Injectable()
export class InvitesService {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsService,
    private readonly invites: InvitesRepository,
    private readonly codes: InviteCodes,
    private readonly audit: AuditService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Creates an invite when `unit` is committed.
   * @throws {NotFound} @throws {Forbidden} @throws {RateLimited}
   */
  async create(
    room: string,
    body: CreateInvite,
    caller: Caller,
    unit: UnitOfWork,
  ): Promise<NewInviteView> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);

    await this.limits.take('new-invite', roomId);
    const code = this.codes.draw();
    const codeHash = this.codes.hash(code);
    return unit.run(async (transaction) => {
      const row = { id: randomUUID(), roomId, codeHash, ...body };
      const invite = await this.invites.insert(transaction, row);
      if (!invite) throw new InviteInThePast();
      const { id, role, maxUses, expiresAt } = invite;
      const details = { inviteId: id, role, maxUses, expiresAt };
      const entry = { action: 'invite.created', actor: caller, roomId, details } as const;
      await this.audit.record(transaction, entry);
      return { ...invite, code };
    });
  }

  async list(room: string, query: ListInvites, caller: Caller): Promise<Page<InviteView>> {
    const { id } = await this.rooms.findAsHost(room, caller);
    return toPage(await this.invites.list(id, query), query);
  }

  /** Ends future use only: people who joined by it stay members. @throws {NotFound} */
  async revoke({ room, id }: InvitePath, caller: Caller): Promise<void> {
    const { id: roomId } = await this.rooms.findAsHost(room, caller);
    return this.database.transaction(async (transaction) => {
      const isNew = await this.invites.revoke(transaction, roomId, id);
      if (isNew === undefined) throw new NoSuchInvite();
      if (!isNew) return;
      const details = { inviteId: id };
      const entry = { action: 'invite.revoked', actor: caller, roomId, details } as const;
      await this.audit.record(transaction, entry);
    });
  }
}
