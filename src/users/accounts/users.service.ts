import { Injectable } from '@nestjs/common';
import {
  administersUsers,
  needsAccount,
  ORDINARY_GLOBAL_ROLE,
  runsAllRooms,
} from '../../platform/access/global-role.js';
import type { Principal } from '../../platform/access/principal.js';
import { uuidv7 } from '../../platform/database/ids.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Database, type Transaction } from '../../platform/database/database.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { type Actor, AuditService } from '../../platform/audit/audit.service.js';
import { refuseToAdd, refuseToShow, refuseToTouch, refuseWish } from './api-keys.policy.js';
import { ErasureService } from './erasure.service.js';
import { creationOf, ExternalUsersService } from './external-users.service.js';
import { PasswordsService } from './passwords.service.js';
import type { User } from './user.entity.js';
import type { ChangeUser, CreateUser, ListUsers, NewExternalUser } from './user.schema.js';
import { GuestStaysGuest, LastAdmin, ManagedElsewhere, NotExternal } from './users.problems.js';
import { UserSeats } from './user-seats.ports.js';
import { emailKeyOf, UsersRepository } from './users.repository.js';

export interface NewPerson {
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string;
  readonly role: User['role'];
  readonly status: User['status'];
}

type Author = Actor & Pick<Principal, 'apiKey'>;

@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly passwords: PasswordsService,
    private readonly audit: AuditService,
    private readonly seats: UserSeats,
    private readonly erasure: ErasureService,
    private readonly externalUsers: ExternalUsersService,
  ) {}

  /** API keys are not listed, and see users of the ordinary role only. */
  async list(query: ListUsers, { apiKey }: Pick<Principal, 'apiKey'>): Promise<Page<User>> {
    const filter = { ...query, isOrdinary: apiKey !== undefined };
    return toPage(await this.users.list(filter), query);
  }

  /** @throws {NotFound} @throws {Forbidden} for a user that an API key may not see */
  async show(id: string, viewer: Pick<Principal, 'apiKey'>): Promise<User> {
    const user = await this.find(id);
    refuseToShow(user, viewer);
    return user;
  }

  /** @throws {NotFound} */
  async find(id: string): Promise<User> {
    return (await this.users.find(id)) ?? notFound();
  }

  /** Locks the user against changes and new sessions; returns false if there is no such user. */
  hold(transaction: Transaction, id: string): Promise<boolean> {
    return this.users.within(transaction).hold(id);
  }

  keyOf(email: string): string {
    return emailKeyOf(email);
  }

  /** Creates a user when the unit is committed. @throws {EmailTaken | ExternalIdTaken} */
  async create(body: CreateUser, actor: Author, unit: UnitOfWork): Promise<User> {
    refuseToAdd(body, actor);
    if (body.externalId !== undefined) return this.createExternal(body, actor, unit);
    const { email, password, displayName, role } = body;
    await this.passwords.refuseUnacceptable(password, '/password', { email, displayName });
    const passwordHash = await this.passwords.hash(password, {
      account: emailKeyOf(email),
      network: actor.userId,
    });
    return unit.run(async (transaction) => {
      const person = { email, displayName, passwordHash, role, status: 'active' } as const;
      const user = await this.add(transaction, person);
      const details = { role };
      await this.audit.record(transaction, {
        action: 'user.created',
        actor,
        userId: user.id,
        details,
      });
      return user;
    });
  }

  private createExternal(body: NewExternalUser, actor: Author, unit: UnitOfWork): Promise<User> {
    const { role } = body;
    const identity = this.externalUsers.identityOf(body, actor);
    const { issuer } = identity;
    if (role !== ORDINARY_GLOBAL_ROLE) this.externalUsers.refuseToManageRole(issuer);
    return unit.run(async (transaction) => {
      const person = { ...body, ...identity };
      const userId = await this.externalUsers.add(transaction, person);
      await this.audit.record(transaction, creationOf(actor, userId, person));
      return (await this.users.within(transaction).find(userId)) ?? notFound();
    });
  }

  /** @throws {EmailTaken} */
  add(transaction: Transaction, person: NewPerson): Promise<User> {
    const emailKey = emailKeyOf(person.email);
    return this.users.within(transaction).insert({ id: uuidv7(), ...person, emailKey });
  }

  /** A guest may enter only this room. */
  addGuest(transaction: Transaction, displayName: string, roomId: string): Promise<User> {
    const guest = { kind: 'guest', status: 'active', guestRoomId: roomId } as const;
    const role = ORDINARY_GLOBAL_ROLE;
    return this.users.within(transaction).insert({ id: uuidv7(), displayName, role, ...guest });
  }

  /**
   * New rights apply immediately, because every request looks up the session with its user.
   * @throws {NotFound | LastAdmin | GuestLimited | EmailTaken | ManagedByIssuer | ExternalIdTaken}
   * @throws {Forbidden} for a user or a change beyond API keys
   */
  change(id: string, wish: ChangeUser, actor: Author): Promise<User> {
    refuseWish(wish, actor);
    const staysAdmin = (user: User) => isAdmin({ ...user, ...withoutUndefined(wish) });
    return this.whileLocked(id, actor, staysAdmin, async (transaction, before) => {
      const users = this.users.within(transaction);
      refuseForGuests(before, wish);
      const identity = this.relinked(before, wish, actor);
      const changes = changesOf(before, wish);
      if (Object.keys(changes).length === 0) return before;
      if (changes.role !== undefined) this.externalUsers.refuseToManageRole(before.issuer);
      const { email } = changes;
      const user = await users.change(before, {
        ...changes,
        ...(email !== undefined && { emailKey: emailKeyOf(email) }),
        ...identity,
      });
      const isDisabled = before.status !== 'disabled' && user.status === 'disabled';
      const isRelinked = identity.identityKey !== undefined;
      if (isDisabled || isRelinked) await users.endSessions(id);
      const { role, status } = changes;
      const details = { changed: Object.keys(changes), ...withoutUndefined({ role, status }) };
      await this.audit.record(transaction, { action: 'user.changed', actor, userId: id, details });
      if (runsAllRooms(before.role) && !runsAllRooms(user.role))
        await this.seats.endSeatsOfStrangers(transaction, { userId: id });
      if (isDisabled) await this.seats.remove(transaction, { userId: id }, 'account_disabled');
      else if (isRelinked) await this.seats.remove(transaction, { userId: id }, 'session_ended');
      return user;
    });
  }

  /** @throws {NotExternal | ManagedElsewhere | UnknownIssuer} */
  private relinked(
    before: User,
    { email, externalId, issuer }: ChangeUser,
    actor: Author,
  ): Partial<User> {
    const isExternal = before.kind === 'external';
    if (isExternal && email !== undefined) throw new ManagedElsewhere();
    if (externalId === undefined && issuer === undefined) return {};
    if (!isExternal || before.externalId === null || before.issuer === null)
      throw new NotExternal();
    const named = { externalId: externalId ?? before.externalId, issuer: issuer ?? before.issuer };
    const identity = this.externalUsers.identityOf(named, actor);
    const isSame = identity.externalId === before.externalId && identity.issuer === before.issuer;
    if (isSame) return {};
    const identityKey = this.externalUsers.keyOf(identity);
    return { identityKey, roleDecidedAt: null, firstSeenAt: null };
  }

  /** @throws {NotFound | LastAdmin} */
  async delete(id: string, actor: Author): Promise<void> {
    const staysAdmin = () => false;
    await this.whileLocked(id, actor, staysAdmin, async (transaction, { kind }) => {
      const users = this.users.within(transaction);
      // The tokens of an external user outlast the account, and must not create it again.
      if (kind === 'external') await users.endSessions(id);
      await users.markDeleted(id);
      await this.audit.record(transaction, { action: 'user.deleted', actor, userId: id });
      await this.seats.remove(transaction, { userId: id }, 'account_deleted');
    });
    await this.erasure.begin(id);
  }

  /**
   * Locks the user, and before that, if an administrator would be lost, all administrators: always
   * in this order, so that there is no deadlock. @throws {NotFound | LastAdmin}
   * @throws {Forbidden} for a user whom the actor may not change, as they are under the lock
   */
  private async whileLocked<Result>(
    id: string,
    actor: Author,
    staysAdmin: (user: User) => boolean,
    work: (transaction: Transaction, user: User) => Promise<Result>,
  ): Promise<Result> {
    const losesAdmin = (user: User) => isAdmin(user) && !staysAdmin(user);
    const seen = await this.find(id);
    refuseToTouch(seen, actor);
    const outcome = await this.database.transaction(async (transaction) => {
      const users = this.users.within(transaction);
      const admins = losesAdmin(seen) ? await users.lockAdmins() : [];
      const user = (await users.findForUpdate(id)) ?? notFound();
      refuseToTouch(user, actor);
      // The user became an administrator in the meantime: all administrators must be locked first.
      if (losesAdmin(user) && !admins.includes(id)) return undefined;
      if (losesAdmin(user) && admins.length === 1) throw lastAdmin();
      return { result: await work(transaction, user) };
    });
    return outcome ? outcome.result : this.whileLocked(id, actor, staysAdmin, work);
  }
}

function isAdmin({ role, status }: Pick<User, 'role' | 'status'>): boolean {
  return administersUsers(role) && status === 'active';
}

function lastAdmin(): LastAdmin {
  return new LastAdmin();
}

function refuseForGuests({ kind }: User, { email, role }: ChangeUser): void {
  if (kind === 'guest' && (email !== undefined || needsAccount(role))) throw new GuestStaysGuest();
}

function notFound(): never {
  throw new NoSuchUser();
}

function changesOf(before: User, wish: ChangeUser): Defined<ChangeUser> {
  const names = Object.keys(wish) as (keyof ChangeUser)[];
  const changed = names.filter((name) => wish[name] !== before[name]);
  return withoutUndefined(Object.fromEntries(changed.map((name) => [name, wish[name]])));
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(members: T): Defined<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
