import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/database.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import type { RoomRole } from '../room-role.js';
import { InviteCodes } from './invite-codes.js';
import { type FoundInvite, type GuestInvite, InvitesRepository } from './invites.repository.js';

/** Who came in by which invite. */
export interface Redemption {
  readonly inviteId: string;
  readonly roomId: string;
  readonly actor: Actor;
}

/** Coming in by the code of an invite. A code that cannot be used is like one that never was. */
@Injectable()
export class InviteEntryService {
  constructor(
    private readonly invites: InvitesRepository,
    private readonly codes: InviteCodes,
    private readonly limits: RateLimits,
    private readonly audit: AuditService,
  ) {}

  /**
   * Guesses are counted by user before the code is looked up, over all rooms: a count per room would
   * tell which rooms there are.
   * @param roomId the only room that the code counts for; null for none, which costs as much
   * @throws {RateLimited} after too many wrong codes
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

  /**
   * Counts no guesses: nobody finds one of 160 bits, and a count by network would have somebody wait
   * for what a neighbour guessed.
   */
  findForGuest(code: string, lifeSeconds: number): Promise<GuestInvite | undefined> {
    return this.invites.findForGuest(this.codes.hash(code), lifeSeconds);
  }

  /**
   * Makes the guest a member, and counts one use. To be called last in the transaction, since
   * everybody who comes by this invite waits for it.
   * @returns false if the invite cannot be used any more
   */
  async admitGuest(
    transaction: Transaction,
    { inviteId, roomId, actor }: Redemption,
    role: RoomRole,
  ): Promise<boolean> {
    await this.record(transaction, { inviteId, roomId, actor });
    return this.invites.redeemForGuest(transaction, inviteId, actor.userId, role);
  }

  /** Writes down that somebody came by the invite, in the transaction in which he does. */
  record(transaction: Transaction, { inviteId, roomId, actor }: Redemption): Promise<void> {
    const { userId } = actor;
    const details = { inviteId };
    const entry = { action: 'invite.redeemed', actor, userId, roomId, details } as const;
    return this.audit.record(transaction, entry);
  }
}
