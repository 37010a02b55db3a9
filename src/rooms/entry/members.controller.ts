import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import { GuestLimited } from '../../users/accounts/users.problems.js';
import { ListMembers, MemberList, MemberPath, MemberView, SetMember } from './member.schema.js';
import { MembersService } from './members.service.js';

const HOSTS = 'Only administrators take the role of a host from another person.';

@Section('Members')
@Controller('v1/rooms/:room/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Operation('listMembers', 'List the members of a room')
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
  @Operation('setMember', 'Make a user a member, or give a member another role', HOSTS)
  @Access('host')
  @Refuses(GuestLimited)
  @Returns(200, MemberView)
  set(
    @Param({ schema: MemberPath }) path: MemberPath,
    @Body({ schema: SetMember }) body: SetMember,
    @TheCaller() caller: Caller,
  ): Promise<MemberView> {
    return this.members.set(path, body, caller);
  }

  @Delete(':userId')
  @Operation('removeMember', 'Take a member out of the room', HOSTS)
  @Access('host')
  @ReturnsNothing()
  remove(
    @Param({ schema: MemberPath }) path: MemberPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.members.remove(path, caller);
  }
}
