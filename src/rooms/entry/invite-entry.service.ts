import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/database.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import type { RoomRole } from '../room-role.js';
import { InviteCodes } from './invite-codes.js';
import { type FoundInvite, type GuestInvite, InvitesRepository } from './invites.repository.js';

export interface Redemption {
  readonly inviteId: string;
  readonly roomId: string;
  readonly actor: Actor;
}

/** Entry by the code of an invite. An unusable code is treated like a code that never existed. */
@Injectable()
export class InviteEntryService {
  constructor(
    private readonly invites: InvitesRepository,
    private readonly codes: InviteCodes,
    private readonly limits: RateLimits,
    private readonly audit: AuditService,
  ) {}

  /**
   * Counts guesses by user over all rooms: a count per room would reveal which rooms exist.
   * @param roomId null for no room, which costs the same @throws {RateLimited}
   */
  async find(
    code: string,
    roomId: string | null,
    userId: string,
  ): Promise<FoundInvite | undefined> {
    let found: FoundInvite | undefined;
    await this.limits.guess([['invite-code', userId]], async () => {
      found = await this.invites.findUsable(this.codes.hash(code), roomId);
      return found !== undefined;
    });
    return found;
  }

  /** Counts no guesses: nobody can guess 160 bits, and a count would make neighbours wait. */
  findForGuest(code: string, lifeSeconds: number): Promise<GuestInvite | undefined> {
    return this.invites.findForGuest(this.codes.hash(code), lifeSeconds);
  }

  /**
   * Makes the guest a member; returns false if the invite is used up. Must be the last call in the
   * transaction, because it locks the invite for everybody who uses it.
   */
  async admitGuest(
    transaction: Transaction,
    { inviteId, roomId, actor }: Redemption,
    role: RoomRole,
  ): Promise<boolean> {
    await this.record(transaction, { inviteId, roomId, actor });
    return this.invites.redeemForGuest(transaction, inviteId, actor.userId, role);
  }

  record(transaction: Transaction, { inviteId, roomId, actor }: Redemption): Promise<void> {
    const { userId } = actor;
    const details = { inviteId };
    const entry = { action: 'invite.redeemed', actor, userId, roomId, details } as const;
    return this.audit.record(transaction, entry);
  }
}
