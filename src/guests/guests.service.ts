import { Injectable } from '@nestjs/common';
import { InviteInvalid, RoomClosed } from '../admission/admission.problems.js';
import { InviteEntryService } from '../admission/invite-entry.service.js';
import type { SignedIn } from '../auth/auth.schema.js';
import { AuthService } from '../auth/auth.service.js';
import { FairQueue } from '../common/fair-queue.js';
import { Overloaded } from '../common/problems.js';
import type { Origin } from '../common/request.js';
import { Database } from '../database/database.js';
import { AuditService } from '../events/audit.service.js';
import { UsersService } from '../users/users.service.js';
import type { SignInAsGuest } from './guest.schema.js';

const DAY_SECONDS = 24 * 3600;

/** Of a replica: guests of one link wait for its row, and would hold every connection. */
const SIGN_INS = { places: 3, perKey: 2, waitingPerKey: 1_000, patienceMs: 8_000 };

/** People without an account, who come into one room by an invite. */
@Injectable()
export class GuestsService {
  private readonly places = new FairQueue(
    SIGN_INS,
    () =>
      new Overloaded('Too many guests come by this invite at once; try again.', { retryAfter: 2 }),
  );

  constructor(
    private readonly database: Database,
    private readonly invites: InviteEntryService,
    private readonly users: UsersService,
    private readonly auth: AuthService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Uses the invite once, and signs in until it expires, for a day at most. Nobody is a host without
   * an account: the invite of one makes a guest a participant.
   * @throws {InviteInvalid}
   * @throws {RoomClosed}
   * @throws {RateLimited} after too many wrong codes from this address
   */
  async signIn({ inviteCode, displayName }: SignInAsGuest, origin: Origin): Promise<SignedIn> {
    const invite = await this.invites.findForGuest(inviteCode, DAY_SECONDS, origin.address);
    if (!invite) throw invalid();
    if (invite.isClosed) throw new RoomClosed('The room is closed.');
    const { id: inviteId, roomId, endsAt } = invite;
    const role = invite.role === 'host' ? 'participant' : invite.role;
    return this.places.run(inviteId, () =>
      this.database.transaction(async (transaction) => {
        const guest = await this.users.addGuest(transaction, displayName, roomId);
        const actor = { userId: guest.id, origin };
        const signedIn = await this.auth.openForGuest(transaction, guest, origin, endsAt);
        const details = { inviteId, endsAt };
        const entry = {
          action: 'guest.signed_in',
          actor,
          userId: guest.id,
          roomId,
          details,
        } as const;
        await this.audit.record(transaction, entry);
        const redemption = { inviteId, roomId, actor };
        if (!(await this.invites.admitGuest(transaction, redemption, role))) throw invalid();
        return signedIn;
      }),
    );
  }
}

function invalid(): InviteInvalid {
  return new InviteInvalid('There is no such invite, or it cannot be used any more.');
}
