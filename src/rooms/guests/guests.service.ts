import { Injectable } from '@nestjs/common';
import { InviteCodeInvalid, RoomClosed } from '../entry/entry.problems.js';
import { InviteEntryService } from '../entry/invite-entry.service.js';
import type { SignedIn } from '../../users/sessions/auth.schema.js';
import { SessionOpener } from '../../users/sessions/session-opener.service.js';
import { type NoteSignIn, SignInMarks } from '../../users/sessions/sign-in-marks.service.js';
import { SessionsService } from '../../users/sessions/sessions.service.js';
import { FairQueue } from '../../platform/tasks/fair-queue.js';
import { networkOf } from '../../platform/http/network.js';
import { RateLimited } from '../../platform/http/problems.js';
import type { Origin } from '../../platform/http/request.js';
import { roleOfGuest } from '../room-role.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { UsersService } from '../../users/accounts/users.service.js';
import type { SignInAsGuest } from './guest.schema.js';
import { TooManyGuestsAtOnce } from './guests.problems.js';

const DAY_SECONDS = 24 * 3600;

const MOST_LIVE = 500;
const CROWD_RETRY_SECONDS = 60;

/** Per replica: guests of a room wait for its row, and would otherwise hold every connection. */
const SIGN_INS = { places: 3, perKey: 2, waitingPerKey: 1_000, patienceMs: 8_000 };

/** People without an account, who enter a single room by an invite. */
@Injectable()
export class GuestsService {
  private readonly places = new FairQueue(SIGN_INS, () => new TooManyGuestsAtOnce());

  constructor(
    private readonly database: Database,
    private readonly invites: InviteEntryService,
    private readonly users: UsersService,
    private readonly opener: SessionOpener,
    private readonly marks: SignInMarks,
    private readonly sessions: SessionsService,
    private readonly limits: RateLimits,
    private readonly audit: AuditService,
  ) {}

  /**
   * Signs the guest in until the invite expires, at most for a day. A host needs an account, so a
   * host's invite makes a guest a participant.
   * @throws {InviteInvalid} @throws {RoomClosed} @throws {RateLimited}
   */
  async signIn(guest: SignInAsGuest, origin: Origin, key?: string): Promise<SignedIn> {
    const answer = await this.marks.once({ route: 'guest', key, body: guest }, (note) =>
      this.admit(guest, origin, note),
    );
    return answer as SignedIn;
  }

  private async admit(
    { inviteCode, displayName }: SignInAsGuest,
    origin: Origin,
    note: NoteSignIn,
  ): Promise<SignedIn> {
    const invite = await this.invites.findForGuest(inviteCode, DAY_SECONDS);
    if (!invite) throw new InviteCodeInvalid(inviteCode);
    if (invite.isClosed) throw new RoomClosed();
    const { id: inviteId, roomId, endsAt } = invite;
    // Checked before anything is written, because requests may be endless, and exactly at the end.
    await this.refuseCrowd(inviteId, MOST_LIVE);
    await this.limits.take('guest-invite', `${inviteId} ${networkOf(origin.address)}`);
    const role = roleOfGuest(invite.role);
    return this.places.run(roomId, () =>
      this.database.transaction(async (transaction) => {
        const guest = await this.users.addGuest(transaction, displayName, roomId);
        const actor = { userId: guest.id, origin };
        const signedIn = await this.opener.openForGuest(
          transaction,
          guest,
          origin,
          { endsAt, inviteId },
          note,
        );
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
        if (!(await this.invites.admitGuest(transaction, redemption, role)))
          throw new InviteCodeInvalid(inviteCode);
        // The invite is locked now, and this guest is included in the count.
        await this.refuseCrowd(inviteId, MOST_LIVE + 1, transaction);
        return signedIn;
      }),
    );
  }

  private async refuseCrowd(
    inviteId: string,
    tooMany: number,
    transaction?: Transaction,
  ): Promise<void> {
    if (!this.limits.areOn) return;
    if ((await this.sessions.countGuests(inviteId, tooMany, transaction)) < tooMany) return;
    this.limits.noteRefusal('guests');
    throw new RateLimited(
      `This invite has ${MOST_LIVE} guests now: use another invite, or wait until some of them have left.`,
      { retryAfter: CROWD_RETRY_SECONDS },
    );
  }
}
