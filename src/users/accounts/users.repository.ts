import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type DeepPartial, IsNull, MoreThan, Not, Repository } from 'typeorm';
import {
  administersUsers,
  ORDINARY_GLOBAL_ROLE,
  ROLE_OF_FIRST_ADMIN,
  ROLE_OF_SERVICES,
} from '../../platform/access/global-role.js';
import { lasts } from '../../platform/access/live-session.policy.js';
import { foldedOf, searchKeyOf } from '../../platform/http/folding.js';
import { containing, type PageQuery } from '../../platform/http/paging.js';
import { rowsOf, statement, type Transaction } from '../../platform/database/database.js';
import { violates } from '../../platform/database/database-errors.js';
import { endingOf } from './ending-sessions.policy.js';
import { User } from './user.entity.js';
import { EmailTaken, ExternalIdTaken } from './users.problems.js';

export interface UserFilter extends PageQuery {
  readonly externalId?: string | undefined;
  readonly issuer?: string | undefined;
  readonly search?: string | undefined;
  readonly role?: User['role'] | undefined;
  readonly status?: User['status'] | undefined;
  /** Whether only users of the ordinary role are listed. */
  readonly isOrdinary: boolean;
}

const keyOf = ({ displayName = '', email = null }: DeepPartial<User>) =>
  searchKeyOf(displayName, email);

/** Returns the form in which addresses are compared: in lower case. */
export function emailKeyOf(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

const FOUND = `(user.searchKey like :key or user.searchKey is null
  and (user.email ilike :pattern or user.displayName ilike :pattern))`;

/** SQL for whether a row of `users` is an active administrator. */
const IS_ADMIN = `${administersUsers.sql('role')} and status = 'active'`;

const FIND_ADMIN = statement('users.find-admin', `select id from users where ${IS_ADMIN} limit 1`);

// In the order of ids, so that administrators who remove each other do not deadlock.
const LOCK_ADMINS = statement(
  'users.lock-admins',
  `select id from users where ${IS_ADMIN} order by id
     for no key update`,
);

// Nobody has proven that the address is theirs, so the account gets the configured password and
// loses its sessions.
const PROMOTE = statement(
  'users.promote',
  `update users set role = '${ROLE_OF_FIRST_ADMIN}', status = 'active', password_hash = $2,
          password_is_temporary = false, sessions_valid_from = clock_timestamp()
    where email_key = $1 and not exists
          (select from users where ${IS_ADMIN})
   returning id`,
);

const HOLD = statement(
  'users.hold',
  'select id from users where id = $1 and deleted_at is null for no key update',
);

// Releases the address, and removes all personal data from the row; `erasure.repository.ts` decides
// whether the identity key of an external user stays.
const MARK_DELETED = statement(
  'users.mark-deleted',
  `update users
      set deleted_at = clock_timestamp(), stays_disabled = kind = 'external' and status = 'disabled',
          issuer = null, external_id = null, role_decided_at = null, first_seen_at = null, role = case kind when 'service' then role else '${ORDINARY_GLOBAL_ROLE}' end,
          status = 'disabled', display_name = '',
          email = case kind when 'person' then '' end,
          email_key = case kind when 'person' then 'deleted ' || id end,
          password_hash = null, sessions_valid_from = clock_timestamp()
    where id = $1`,
);

// Of own sessions only the live ones, because ended sessions may be many. An issuer's session that
// ran out is ended too, because the next token would renew it.
const END_SESSIONS = statement(
  'users.end-sessions',
  endingOf(`
    select s.id, s.sign_in_key from sessions s
     where s.user_id = $1
       and (${lasts('s', 'clock_timestamp()')} or s.kind <> 'own' and s.revoked_at is null)`),
);

const REFUSE_EARLIER_SESSIONS = statement(
  'users.refuse-earlier-sessions',
  'update users set sessions_valid_from = clock_timestamp() where id = $1',
);

@Injectable()
export class UsersRepository {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  within(transaction: Transaction): UsersRepository {
    return new UsersRepository(transaction.getRepository(User));
  }

  find(id: string): Promise<User | null> {
    return this.users.findOneBy({ id, deletedAt: IsNull() });
  }

  findForUpdate(id: string): Promise<User | null> {
    return this.users.findOne({
      where: { id, deletedAt: IsNull() },
      lock: { mode: 'for_no_key_update' },
    });
  }

  async hold(id: string): Promise<boolean> {
    return (await rowsOf(this.users.manager, HOLD, [id])).length > 0;
  }

  list({
    limit,
    cursor,
    search,
    role,
    status,
    externalId,
    issuer,
    isOrdinary,
  }: UserFilter): Promise<User[]> {
    const query = this.users
      .createQueryBuilder('user')
      .where({ deletedAt: IsNull(), role: Not(ROLE_OF_SERVICES) })
      .orderBy('user.id')
      .take(limit + 1);
    if (cursor) query.andWhere({ id: MoreThan(cursor) });
    if (isOrdinary) query.andWhere({ role: ORDINARY_GLOBAL_ROLE });
    if (role) query.andWhere({ role });
    if (status) query.andWhere({ status });
    if (externalId !== undefined) query.andWhere({ externalId });
    if (issuer !== undefined) query.andWhere({ issuer });
    if (search)
      query.andWhere(FOUND, { key: containing(foldedOf(search)), pattern: containing(search) });
    return query.getMany();
  }

  /** @throws {EmailTaken} */
  async insert(user: DeepPartial<User> & { id: string }): Promise<User> {
    await this.refuseTaken(this.users.insert({ ...user, searchKey: keyOf(user) }));
    return this.users.findOneByOrFail({ id: user.id });
  }

  async insertUnlessTaken(user: DeepPartial<User>): Promise<boolean> {
    const { raw } = await this.users
      .createQueryBuilder()
      .insert()
      .values({ ...user, searchKey: keyOf(user) })
      .orIgnore()
      .returning('id')
      .execute();
    return (raw as unknown[]).length > 0;
  }

  /** @throws {EmailTaken | ExternalIdTaken} */
  async change({ id, ...before }: User, changes: Partial<User>): Promise<User> {
    if (Object.keys(changes).length > 0) {
      const searchKey = keyOf({ ...before, ...changes });
      await this.refuseTaken(this.users.update({ id }, { ...changes, searchKey }));
    }
    return this.users.findOneByOrFail({ id });
  }

  async endSessions(id: string): Promise<void> {
    await rowsOf(this.users.manager, REFUSE_EARLIER_SESSIONS, [id]);
    await rowsOf(this.users.manager, END_SESSIONS, [id]);
  }

  async markDeleted(id: string): Promise<void> {
    await rowsOf(this.users.manager, MARK_DELETED, [id]);
  }

  async hasAdmin(): Promise<boolean> {
    return (await rowsOf(this.users.manager, FIND_ADMIN, [])).length > 0;
  }

  /** Returns the id of the new admin; undefined if there already is an admin. */
  async promote(email: string, passwordHash: string): Promise<string | undefined> {
    const values = [emailKeyOf(email), passwordHash];
    const [row] = await rowsOf<{ id: string }>(this.users.manager, PROMOTE, values);
    return row?.id;
  }

  /** Returns the ids of all active admins, who cannot change until the transaction ends. */
  async lockAdmins(): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(this.users.manager, LOCK_ADMINS, []);
    return rows.map(({ id }) => id);
  }

  private async refuseTaken<Result>(statement: Promise<Result>): Promise<Result> {
    try {
      return await statement;
    } catch (error) {
      if (violates(error, 'users_email_key')) throw new EmailTaken();
      if (violates(error, 'users_identity_key')) throw new ExternalIdTaken();
      throw error;
    }
  }
}
