import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { administersUsers } from '../../platform/access/global-role.js';
import { requireFreshSignIn } from '../../platform/access/fresh-sign-in.policy.js';
import type { Caller } from '../../platform/access/principal.js';
import { NotFound, SessionEnded } from '../../platform/http/problems.js';
import { Config } from '../../platform/config/config.js';
import type { UserView } from '../accounts/user.schema.js';
import { UsersService } from '../accounts/users.service.js';
import type { ChangeMe } from './account.schema.js';
import { ExportsService } from './exports.service.js';
import { AddressChangesClosed } from './account.problems.js';

@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly exports: ExportsService,
    private readonly config: Config,
  ) {}

  /** With the role of the session, which may be less than the role of the account. */
  async find({ userId, role }: Caller): Promise<UserView> {
    return { ...(await orSignedOut(this.users.find(userId))), role };
  }

  /**
   * A different address requires open registration, because the answer tells which addresses have
   * an account, and a fresh sign-in, so that a finder of the device cannot take the account over.
   * @throws {RegistrationClosed | FreshSignInRequired | EmailTaken}
   */
  async change(changes: ChangeMe, caller: Caller): Promise<UserView> {
    if (changes.email !== undefined) {
      this.refuseToTell(caller);
      requireFreshSignIn(caller);
    }
    return orSignedOut(this.users.change(caller.userId, changes, caller));
  }

  /** @throws {FreshSignInRequired | LastAdmin} */
  async delete(caller: Caller): Promise<void> {
    requireFreshSignIn(caller);
    return orSignedOut(this.users.delete(caller.userId, caller));
  }

  /** Exports all data about the caller as JSON, sent while it is read. @throws {RateLimited} */
  export(caller: Caller): Promise<Readable> {
    return this.exports.begin(caller, () => this.find(caller));
  }

  /** Refuses before any look-up, so that the answer is the same for every address. */
  private refuseToTell({ role }: Caller): void {
    if (this.config.REGISTRATION !== 'closed' || administersUsers(role)) return;
    throw new AddressChangesClosed();
  }
}

/** Treats a user who was deleted during the request as signed out. */
async function orSignedOut<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotFound) throw new SessionEnded();
    throw error;
  }
}
