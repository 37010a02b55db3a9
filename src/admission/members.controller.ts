import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import type { Page } from '../common/paging.js';
import { Returns, ReturnsNothing } from '../common/returns.js';
import { RoomPath } from '../rooms/room.schema.js';
import { ListMembers, MemberList, MemberPath, MemberView, SetMember } from './member.schema.js';
import { MembersService } from './members.service.js';

@ApiTags('Members')
@Controller('v1/rooms/:room/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @ApiOperation({ operationId: 'listMembers', summary: 'List the members of a room' })
  @Access('host')
  @Returns(200, MemberList)
  list(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListMembers }) query: ListMembers,
    @TheCaller() caller: Caller,
  ): Promise<Page<MemberView>> {
    return this.members.list(room, query, caller);
  }

  @Put(':userId')
  @ApiOperation({
    operationId: 'setMember',
    summary: 'Make a user a member, or give a member another role',
  })
  @Access('host')
  @Returns(200, MemberView)
  set(
    @Param({ schema: MemberPath }) path: MemberPath,
    @Body({ schema: SetMember }) body: SetMember,
    @TheCaller() caller: Caller,
  ): Promise<MemberView> {
    return this.members.set(path, body, caller);
  }

  @Delete(':userId')
  @ApiOperation({ operationId: 'removeMember', summary: 'Take a member out of the room' })
  @Access('host')
  @ReturnsNothing()
  remove(
    @Param({ schema: MemberPath }) path: MemberPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.members.remove(path, caller);
  }
}
