import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Caller, Principal } from '../access/principal.js';
import { NotFound, SessionEnded } from '../common/problems.js';
import type { UserView } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { FreshSignInRequired } from './account.problems.js';
import type { ChangeMe } from './account.schema.js';
import { ExportsService } from './exports.service.js';

/** After so long, a sign-in does not prove any more that it is the owner who sits there. */
const FRESH_MS = 600_000;

/** What everybody may do with his own account. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly exports: ExportsService,
  ) {}

  find({ userId }: Caller): Promise<UserView> {
    return orSignedOut(this.users.find(userId));
  }

  /**
   * @throws {FreshSignInRequired} for another address: whoever found a phone could take the account
   * @throws {EmailTaken}
   */
  async change(changes: ChangeMe, caller: Caller): Promise<UserView> {
    if (changes.email !== undefined) requireFreshSignIn(caller);
    return orSignedOut(this.users.change(caller.userId, changes, caller));
  }

  /**
   * @throws {FreshSignInRequired}
   * @throws {LastAdmin}
   */
  async delete(caller: Caller): Promise<void> {
    requireFreshSignIn(caller);
    return orSignedOut(this.users.delete(caller.userId, caller));
  }

  /**
   * All that is stored about the caller, as JSON that is sent while it is read.
   * @throws {RateLimited}
   */
  export(caller: Caller): Promise<Readable> {
    return this.exports.begin(caller, () => this.find(caller));
  }
}

function requireFreshSignIn({ signedInAt, seenAt }: Principal): void {
  if (seenAt.getTime() - signedInAt.getTime() > FRESH_MS) throw new FreshSignInRequired();
}

/** Whoever was deleted since the request began is signed out. */
async function orSignedOut<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotFound) throw new SessionEnded();
    throw error;
  }
}
