import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { FreshSignInRequired } from '../../platform/access/access.problems.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { pathOf } from '../../platform/http/public-address.js';
import type { Reply } from '../../platform/http/request.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { Config } from '../../platform/config/config.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { TheUnit } from '../../platform/idempotency/unit.decorator.js';
import { refuseToChange, refuseToDelete } from './own-account.policy.js';
import type { User } from './user.entity.js';
import { ChangeUser, CreateUser, ListUsers, UserList, UserPath, UserView } from './user.schema.js';
import {
  AccountBeyondKeys,
  EmailTaken,
  ExternalIdTaken,
  GuestStaysGuest,
  LastAdmin,
  ManagedByIssuer,
  OwnAddress,
  RelinkingBeyondKeys,
  RoleBeyondKeys,
  ServiceIsApiKey,
  UserBeyondKeys,
} from './users.problems.js';
import { UsersService } from './users.service.js';

@Section('Users')
@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly config: Config,
  ) {}

  @Get()
  @Operation(
    'listUsers',
    'List users',
    'Returns the users that match every given filter, in the order of their creation. An API key sees only users with the role `user`; API keys themselves are not listed.',
    'Send `nextCursor` as `cursor` for the next page.',
  )
  @Access('admin', { who: administersUsers, scope: 'users:read' })
  @Returns(200, UserList)
  list(
    @Query({ schema: ListUsers }) query: ListUsers,
    @TheCaller() caller: Caller,
  ): Promise<Page<User>> {
    return this.users.list(query, caller);
  }

  @Post()
  @Operation(
    'createUser',
    'Create a user',
    'Creates an account with this password; the user can sign in at once. With `externalId` instead of `email` and `password`, it creates a user whose identity another system manages, before their first visit; API keys create users only that way. Send an `Idempotency-Key`, so that a repeated request creates no second account.',
  )
  @Access('admin', { who: administersUsers, scope: 'users:write' })
  @Idempotent()
  @Refuses(EmailTaken, ExternalIdTaken, ManagedByIssuer, AccountBeyondKeys, RoleBeyondKeys)
  @Returns(201, UserView, 'Location')
  async create(
    @Body({ schema: CreateUser }) body: CreateUser,
    @TheCaller() caller: Caller,
    @TheUnit() unit: UnitOfWork,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<User> {
    const user = await this.users.create(body, caller, unit);
    void reply.header('location', `${pathOf(this.config.PUBLIC_URL)}/v1/users/${user.id}`);
    return user;
  }

  @Get(':id')
  @Operation('getUser', 'Read a user', 'Returns the account: its name, role and status.')
  @Access('admin', { who: administersUsers, scope: 'users:read' })
  @Refuses(NoSuchUser, UserBeyondKeys)
  @Returns(200, UserView)
  find(@Param({ schema: UserPath }) { id }: UserPath, @TheCaller() caller: Caller): Promise<User> {
    return this.users.show(id, caller);
  }

  @Patch(':id')
  @Operation(
    'changeUser',
    'Change a user',
    'Changes the fields that the body names, and no others. `status: disabled`, and another `externalId` or `issuer`, sign the user out everywhere; `status: active` approves a pending account.',
    'Change your own e-mail address with `PATCH /v1/me`. A change of your own role or status requires that you signed in less than ten minutes ago.',
  )
  @Access('admin', { who: administersUsers, scope: 'users:write' })
  @Refuses(
    OwnAddress,
    FreshSignInRequired,
    NoSuchUser,
    EmailTaken,
    ExternalIdTaken,
    GuestStaysGuest,
    LastAdmin,
    ManagedByIssuer,
    ServiceIsApiKey,
    UserBeyondKeys,
    RoleBeyondKeys,
    RelinkingBeyondKeys,
  )
  @Returns(200, UserView)
  async change(
    @Param({ schema: UserPath }) { id }: UserPath,
    @Body({ schema: ChangeUser }) body: ChangeUser,
    @TheCaller() caller: Caller,
  ): Promise<User> {
    refuseToChange(id, body, caller);
    return this.users.change(id, body, caller);
  }

  @Delete(':id')
  @Operation(
    'deleteUser',
    'Delete a user',
    'Deletes the account and its personal data, and ends its sign-ins and seats. It cannot be undone: disable the account instead if it may come back.',
    'To delete your own account, you must have signed in less than ten minutes ago.',
  )
  @Access('admin', { who: administersUsers, scope: 'users:write' })
  @Refuses(FreshSignInRequired, NoSuchUser, LastAdmin, ServiceIsApiKey, UserBeyondKeys)
  @ReturnsNothing()
  async delete(
    @Param({ schema: UserPath }) { id }: UserPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    refuseToDelete(id, caller);
    return this.users.delete(id, caller);
  }
}
