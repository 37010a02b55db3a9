import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { NoSuchSession } from './auth.problems.js';
import { ListSessions, SessionList, SessionPath, type SessionView } from './session.schema.js';
import { SessionsService } from './sessions.service.js';

@Section('Own account')
@Controller('v1/me/sessions')
export class OwnSessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Operation(
    'listMySessions',
    'List your sign-ins',
    'Returns your sign-ins that have not ended, with their device, network address and times. End the sign-ins that you do not recognize.',
  )
  @Access('signed-in')
  @Returns(200, SessionList)
  list(
    @Query({ schema: ListSessions }) query: ListSessions,
    @TheCaller() caller: Caller,
  ): Promise<Page<SessionView>> {
    return this.sessions.list(caller.userId, query, caller);
  }

  @Delete()
  @Operation(
    'endMyOtherSessions',
    'Sign out everywhere else',
    'Ends all your sign-ins but this one, with their seats and feeds. Use it after a device was lost.',
  )
  @Access('signed-in')
  @ReturnsNothing()
  endOthers(@TheCaller() caller: Caller): Promise<void> {
    return this.sessions.endOthers(caller);
  }

  @Delete(':id')
  @Operation(
    'endMySession',
    'End one of your sign-ins',
    'Ends the sign-in with this id, with its seats and feeds. `GET /v1/me/sessions` lists the ids.',
  )
  @Access('signed-in')
  @Refuses(NoSuchSession)
  @ReturnsNothing()
  end(
    @Param({ schema: SessionPath }) { id }: SessionPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.sessions.end(id, caller);
  }
}
