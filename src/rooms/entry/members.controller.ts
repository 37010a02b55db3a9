import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import { GuestIsNoHost, NoSuchMember, RoleOfHost } from './entry.problems.js';
import { ListMembers, MemberList, MemberPath, MemberView, SetMember } from './member.schema.js';
import { MembersService } from './members.service.js';

@Section('Members')
@Controller('v1/rooms/:room/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Operation(
    'listMembers',
    'List the members of a room',
    'Returns the members with their roles, in the order of the user ids. People who are in the room without a membership appear only in `GET …/participants`.',
  )
  @Access('host', { scope: 'rooms:read' })
  @Returns(200, MemberList)
  list(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListMembers }) query: ListMembers,
    @TheCaller() caller: Caller,
  ): Promise<Page<MemberView>> {
    return this.members.list(room, query, caller);
  }

  @Put(':userId')
  @Operation(
    'setMember',
    'Add a member, or change their role',
    'Gives the user a membership with this role, or changes the role of a member. The `access` of the room does not restrict members.',
    'Only administrators may remove the role `host` from another person.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(RoleOfHost, NoSuchUser, GuestIsNoHost)
  @Returns(200, MemberView)
  set(
    @Param({ schema: MemberPath }) path: MemberPath,
    @Body({ schema: SetMember }) body: SetMember,
    @TheCaller() caller: Caller,
  ): Promise<MemberView> {
    return this.members.set(path, body, caller);
  }

  @Delete(':userId')
  @Operation(
    'removeMember',
    'Remove a member',
    'Ends the membership. If the room does not admit the user any more, their seats end as well, but a running connection does not.',
    'Only administrators may remove the role `host` from another person.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(RoleOfHost, NoSuchMember)
  @ReturnsNothing()
  remove(
    @Param({ schema: MemberPath }) path: MemberPath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.members.remove(path, caller);
  }
}
