import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/access/principal.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { NoSuchUser, SessionEnded } from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { refuseToReset } from '../accounts/own-account.policy.js';
import { type HashedFor, PasswordsService } from '../accounts/passwords.service.js';
import { ManagedElsewhere, ServiceIsApiKey } from '../accounts/users.problems.js';
import { UserPasswordsService } from '../accounts/user-passwords.service.js';
import { UsersService } from '../accounts/users.service.js';
import {
  CurrentPasswordWrong,
  GuestWithoutPassword,
  PasswordUnchanged,
} from './account.problems.js';
import type { ChangePassword } from './account.schema.js';

@Injectable()
export class PasswordChangesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly userPasswords: UserPasswordsService,
    private readonly sessions: SessionsService,
    private readonly limits: RateLimits,
    private readonly audit: AuditService,
  ) {}

  /**
   * Ends all other sessions, because the old password may be known to somebody else.
   * @throws {InvalidRequest | CurrentPasswordWrong | RateLimited}
   */
  async change({ currentPassword, newPassword }: ChangePassword, caller: Caller): Promise<void> {
    const { userId } = caller;
    const holder = await this.userPasswords.find(userId);
    if (!holder) throw new SessionEnded();
    if (holder.kind === 'external') throw new ManagedElsewhere();
    await this.passwords.refuseUnacceptable(newPassword, '/newPassword', holder);
    refuseSame(currentPassword, newPassword);
    const stored = await this.verify(caller, currentPassword);
    const passwordHash = await this.passwords.hash(newPassword, byUser(userId));
    const replaced = await this.sessions.whileSignedIn(caller, (transaction) =>
      this.replace(transaction, caller, stored, passwordHash),
    );
    // The hash was renewed or the password was changed in the meantime: the current state decides.
    if (!replaced) await this.change({ currentPassword, newPassword }, caller);
  }

  /** Sets a temporary password. @throws {NotFound | Forbidden | GuestLimited | InvalidRequest} */
  async reset(userId: string, password: string, actor: Caller): Promise<void> {
    refuseToReset(userId, actor);
    const holder = await this.userPasswords.find(userId);
    if (!holder) throw new NoSuchUser();
    if (holder.kind === 'service') throw new ServiceIsApiKey();
    if (holder.kind === 'guest') throw new GuestWithoutPassword();
    if (holder.kind === 'external') throw new ManagedElsewhere();
    await this.passwords.refuseUnacceptable(password, '/password', holder);
    const passwordHash = await this.passwords.hash(password, byUser(actor.userId));
    await this.database.transaction(async (transaction) => {
      await this.users.hold(transaction, userId);
      if (!(await this.userPasswords.reset(transaction, userId, passwordHash)))
        throw new NoSuchUser();
      await this.audit.record(transaction, { action: 'password.reset', actor, userId });
      await this.sessions.endAllBut(transaction, userId, null, actor);
    });
  }

  private async verify({ userId, sessionId }: Caller, password: string): Promise<string> {
    const stored = (await this.userPasswords.find(userId))?.passwordHash;
    // By session, so that a thief's guesses lock out only the stolen session.
    const isRight = await this.limits.guess([['current-password', `${userId}|${sessionId}`]], () =>
      this.passwords.matches(stored, password, byUser(userId)),
    );
    if (!stored || !isRight) throw new CurrentPasswordWrong();
    return stored;
  }

  private async replace(
    transaction: Transaction,
    actor: Caller,
    stored: string,
    passwordHash: string,
  ): Promise<boolean> {
    const { userId, sessionId } = actor;
    if (!(await this.userPasswords.replace(transaction, userId, stored, passwordHash)))
      return false;
    await this.audit.record(transaction, { action: 'password.changed', actor, userId });
    await this.sessions.endAllBut(transaction, userId, sessionId, actor);
    return true;
  }
}

/** Signed-in users wait only for their own hashes. */
function byUser(userId: string): HashedFor {
  return { account: userId, network: userId };
}

function refuseSame(currentPassword: string, newPassword: string): void {
  if (currentPassword.normalize('NFC') !== newPassword.normalize('NFC')) return;
  throw new PasswordUnchanged();
}
