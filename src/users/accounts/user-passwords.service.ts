import { Injectable } from '@nestjs/common';
import { Overloaded, RateLimited } from '../../platform/http/problems.js';
import { Database, rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import type { PasswordOwner } from './password-rules.js';
import { type HashedFor, PasswordsService } from './passwords.service.js';
import type { UserView } from './user.schema.js';
import { emailKeyOf } from './users.repository.js';

const RENEW = statement(
  'users.renew-hash',
  'update users set password_hash = $3 where id = $1 and password_hash = $2 returning id',
);

const FIND_BY_EMAIL = statement(
  'users.find-by-email',
  `select id, kind, email, display_name as "displayName", role, status, created_at as "createdAt",
          password_hash as "passwordHash"
     from users where email_key = $1`,
);

/**
 * SQL for a `with` clause: keeps the user from being changed until the transaction ends, if this is
 * the hash of an active user still. Whoever ends sessions locks the user, too, and finds the session
 * that is opened under this lock.
 * @param user parameter of his id
 * @param stored parameter of the hash
 */
export function holdingOf(user: string, stored: string): string {
  return `held as (select id from users where id = ${user} and password_hash = ${stored}
                      and status = 'active' for no key update)`;
}

const FIND = statement(
  'users.find-password',
  `select email, display_name as "displayName", password_hash as "passwordHash",
          kind = 'guest' as "isGuest"
     from users where id = $1 and deleted_at is null`,
);

const REPLACE = statement(
  'users.replace-password',
  `update users set password_hash = $3, password_is_temporary = false
    where id = $1 and password_hash = $2 returning id`,
);

const RESET = statement(
  'users.reset-password',
  `update users set password_hash = $2, password_is_temporary = true
    where id = $1 and deleted_at is null returning id`,
);

/** A user as his password concerns him. */
export interface PasswordHolder extends PasswordOwner {
  /** Null for who cannot sign in with a password. */
  readonly passwordHash: string | null;
  readonly isGuest: boolean;
}

/** A user as he signs in. */
export type UserWithPassword = UserView & Pick<PasswordHolder, 'passwordHash'>;

/** The passwords that users have, by their hashes. */
@Injectable()
export class UserPasswordsService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Hashes anew what was hashed with weaker settings, if nobody changed the password meanwhile. Has
   * time until the next sign-in if too many hashes wait already.
   * @param stored the hash that the password was found to match
   * @returns the hash that is stored now, as far as it is known
   */
  async renew(userId: string, stored: string, password: string, whose: HashedFor): Promise<string> {
    if (!this.passwords.needsRehash(stored)) return stored;
    try {
      const renewed = await this.passwords.hash(password, whose);
      const isStored = await this.database.queryOne(RENEW, [userId, stored, renewed]);
      return isStored ? renewed : stored;
    } catch (error) {
      if (!(error instanceof Overloaded || error instanceof RateLimited)) throw error;
      return stored;
    }
  }

  /** Whoever signs in with this address. */
  findByEmail(email: string): Promise<UserWithPassword | undefined> {
    return this.database.queryOne(FIND_BY_EMAIL, [emailKeyOf(email)]);
  }

  find(userId: string): Promise<PasswordHolder | undefined> {
    return this.database.queryOne(FIND, [userId]);
  }

  /** By the user himself. False if the hash is another one by now. */
  async replace(
    transaction: Transaction,
    userId: string,
    stored: string,
    passwordHash: string,
  ): Promise<boolean> {
    return (await rowsOf(transaction, REPLACE, [userId, stored, passwordHash])).length > 0;
  }

  /** By an administrator, so that it has to be changed first of all. False if there is no such user. */
  async reset(transaction: Transaction, userId: string, passwordHash: string): Promise<boolean> {
    return (await rowsOf(transaction, RESET, [userId, passwordHash])).length > 0;
  }
}
