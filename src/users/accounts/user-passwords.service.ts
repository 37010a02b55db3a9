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
  `select id, kind, issuer, external_id as "externalId", email, display_name as "displayName", role, status, created_at as "createdAt",
          password_hash as "passwordHash"
     from users where email_key = $1`,
);

/**
 * SQL that locks an active user who still has this hash. Operations that end sessions lock the
 * user too, and therefore find the session that is opened under this lock.
 */
export function holdingOf(user: string, stored: string): string {
  return `held as (select id from users where id = ${user} and password_hash = ${stored}
                      and status = 'active' for no key update)`;
}

const FIND = statement(
  'users.find-password',
  `select email, display_name as "displayName", password_hash as "passwordHash",
          kind
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

export interface PasswordHolder extends PasswordOwner {
  /** Null for users who cannot sign in with a password. */
  readonly passwordHash: string | null;
  readonly kind: UserView['kind'];
}

export type UserWithPassword = UserView & Pick<PasswordHolder, 'passwordHash'>;

@Injectable()
export class UserPasswordsService {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Hashes a password again if its hash has weaker settings, unless the password was changed in the
   * meantime or too many hashes are waiting. Returns the hash that is stored now, as far as known.
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

  findByEmail(email: string): Promise<UserWithPassword | undefined> {
    return this.database.queryOne(FIND_BY_EMAIL, [emailKeyOf(email)]);
  }

  find(userId: string): Promise<PasswordHolder | undefined> {
    return this.database.queryOne(FIND, [userId]);
  }

  /** Returns false if the hash has changed in the meantime. */
  async replace(
    transaction: Transaction,
    userId: string,
    stored: string,
    passwordHash: string,
  ): Promise<boolean> {
    return (await rowsOf(transaction, REPLACE, [userId, stored, passwordHash])).length > 0;
  }

  /** Sets a temporary password; returns false for an unknown user. */
  async reset(transaction: Transaction, userId: string, passwordHash: string): Promise<boolean> {
    return (await rowsOf(transaction, RESET, [userId, passwordHash])).length > 0;
  }
}
