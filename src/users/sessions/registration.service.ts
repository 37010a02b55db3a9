import { Injectable } from '@nestjs/common';
import { ORDINARY_GLOBAL_ROLE } from '../../platform/access/global-role.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { networkOf } from '../../platform/http/network.js';
import type { Origin } from '../../platform/http/request.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { RateLimits } from '../../platform/limits/rate-limits.service.js';
import { PasswordsService } from '../accounts/passwords.service.js';
import type { UserView } from '../accounts/user.schema.js';
import { UsersService } from '../accounts/users.service.js';
import { RegistrationClosed } from './auth.problems.js';
import type { Register, SignedIn } from './auth.schema.js';
import { SessionOpener } from './session-opener.service.js';
import { type NoteSignIn, SignInMarks } from './sign-in-marks.service.js';

@Injectable()
export class RegistrationService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly limits: RateLimits,
    private readonly opener: SessionOpener,
    private readonly marks: SignInMarks,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  /**
   * Returns the session, or the pending user if an administrator must approve.
   * @throws {RegistrationClosed | RateLimited | EmailTaken}
   */
  async register(
    registration: Register,
    origin: Origin,
    key?: string,
  ): Promise<SignedIn | UserView> {
    if (this.config.REGISTRATION === 'closed') throw new RegistrationClosed();
    return this.marks.once({ route: 'register', key, body: registration }, (note) =>
      this.addAndOpen(registration, origin, note),
    );
  }

  private async addAndOpen(
    registration: Register,
    origin: Origin,
    note: NoteSignIn,
  ): Promise<SignedIn | UserView> {
    const { email, displayName, password } = registration;
    await this.passwords.refuseUnacceptable(password, '/password', { email, displayName });
    await this.limits.take('registration-network', origin.address);
    await this.limits.take('registration-name', this.users.keyOf(email));
    const passwordHash = await this.passwords.hash(password, {
      account: this.users.keyOf(email),
      network: networkOf(origin.address),
    });
    const status = this.config.REGISTRATION === 'open' ? 'active' : 'pending';
    return this.database.transaction(async (transaction) => {
      const role = ORDINARY_GLOBAL_ROLE;
      const person = { email, displayName, passwordHash, role, status } as const;
      const user = await this.users.add(transaction, person);
      const actor = { userId: user.id, origin };
      await this.audit.record(transaction, { action: 'user.registered', actor, userId: user.id });
      if (status === 'active')
        return this.opener.open(transaction, user, origin, passwordHash, note);
      await note(transaction, { userId: user.id, sessionId: null });
      return user;
    });
  }
}
