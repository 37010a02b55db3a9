import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { runsAllRooms } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { TakesList } from '../../platform/http/body-limits.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import {
  FormerAccountsRemain,
  GuestIsNoHost,
  MembersNotValid,
  NoSuchMember,
  RoleOfHost,
} from './entry.problems.js';
import {
  ListMembers,
  MemberList,
  MemberPath,
  MembersSet,
  MemberView,
  SetMember,
  SetMembers,
} from './member.schema.js';
import { MembersInBulkService } from './members-in-bulk.service.js';
import { MembersService } from './members.service.js';

@Section('Members')
@Controller('v1/rooms/:room/members')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly bulk: MembersInBulkService,
  ) {}

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

  @Put()
  @Operation(
    'setMembers',
    'Add members, or change their roles',
    'Gives up to 200 people a membership with a role, or changes the role of members, as `PUT …/members/{userId}` does for one person. Other members stay as they are, and nobody is removed.',
    'An `externalId` that no user has creates the user, who can sign in later with a token of the `issuer`.',
    'If an item is not valid, or two items name the same person, nothing changes, and `errors` names the place of each faulty item.',
  )
  @Access('admin', { who: runsAllRooms, scope: 'rooms:write' })
  @TakesList()
  @Refuses(MembersNotValid, FormerAccountsRemain)
  @Returns(200, MembersSet)
  setAll(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: SetMembers }) { items }: SetMembers,
    @TheCaller() caller: Caller,
  ): Promise<MembersSet> {
    return this.bulk.set(room, items, caller);
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
