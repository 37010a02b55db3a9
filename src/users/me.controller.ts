import { Controller, Get } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import { Operation, Section } from '../common/documented.js';
import { Returns } from '../common/returns.js';
import type { User } from './user.entity.js';
import { UserView } from './user.schema.js';
import { UsersService } from './users.service.js';

@Section('Own account')
@Controller('v1/me')
export class MeController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Operation('getMe', 'Read one’s own account')
  @Access('signed-in')
  @Returns(200, UserView)
  find(@TheCaller() { userId }: Caller): Promise<User> {
    return this.users.find(userId);
  }
}
