import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { administersUsers } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { UserPath } from '../accounts/user.schema.js';
import { ListSessions, SessionList, type SessionView } from './session.schema.js';
import { SessionsService } from './sessions.service.js';

@Section('Users')
@Controller('v1/users/:id/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Operation(
    'listUserSessions',
    'List the sign-ins of a user',
    'Returns the sign-ins of the user that have not ended, with their device, network address and times.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(NoSuchUser)
  @Returns(200, SessionList)
  list(
    @Param({ schema: UserPath }) { id }: UserPath,
    @Query({ schema: ListSessions }) query: ListSessions,
    @TheCaller() caller: Caller,
  ): Promise<Page<SessionView>> {
    return this.sessions.listOf(id, query, caller);
  }

  @Delete()
  @Operation(
    'endUserSessions',
    'Sign a user out everywhere',
    'Ends all sign-ins of the user, with their seats and feeds. The user can sign in again: disable the account to prevent that.',
  )
  @Access('admin', { who: administersUsers })
  @Refuses(NoSuchUser)
  @ReturnsNothing()
  end(@Param({ schema: UserPath }) { id }: UserPath, @TheCaller() caller: Caller): Promise<void> {
    return this.sessions.endAllOf(id, caller);
  }
}
