import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import type { Page } from '../common/paging.js';
import type { Reply } from '../common/request.js';
import { Returns, ReturnsNothing } from '../common/returns.js';
import type { User } from './user.entity.js';
import { ChangeUser, CreateUser, ListUsers, UserList, UserPath, UserView } from './user.schema.js';
import { UsersService } from './users.service.js';

@ApiTags('Users')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Access('admin')
  @Returns(200, UserList)
  list(@Query({ schema: ListUsers }) query: ListUsers): Promise<Page<User>> {
    return this.users.list(query);
  }

  @Post()
  @Access('admin')
  @Returns(201, UserView)
  async create(
    @Body({ schema: CreateUser }) body: CreateUser,
    @TheCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<User> {
    const user = await this.users.create(body, caller);
    void reply.header('location', `/v1/users/${user.id}`);
    return user;
  }

  @Get(':id')
  @Access('admin')
  @Returns(200, UserView)
  find(@Param({ schema: UserPath }) { id }: UserPath): Promise<User> {
    return this.users.find(id);
  }

  @Patch(':id')
  @Access('admin')
  @Returns(200, UserView)
  change(
    @Param({ schema: UserPath }) { id }: UserPath,
    @Body({ schema: ChangeUser }) body: ChangeUser,
    @TheCaller() caller: Caller,
  ): Promise<User> {
    return this.users.change(id, body, caller);
  }

  @Delete(':id')
  @Access('admin')
  @ReturnsNothing()
  delete(
    @Param({ schema: UserPath }) { id }: UserPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.users.delete(id, caller);
  }
}
