import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { RateLimited } from '../../platform/http/problems.js';
import type { Page } from '../../platform/http/paging.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Idempotent } from '../../platform/idempotency/idempotent.decorator.js';
import { TheUnit } from '../../platform/idempotency/unit.decorator.js';
import { InviteInThePast, NoSuchInvite } from './entry.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import {
  CreateInvite,
  InviteList,
  InvitePath,
  type InviteView,
  ListInvites,
  NewInviteView,
} from './invite.schema.js';
import { InvitesService } from './invites.service.js';

@Section('Invites')
@Controller('v1/rooms/:room/invites')
export class InvitesController {
  constructor(private readonly invites: InvitesService) {}

  @Post()
  @Operation(
    'createInvite',
    'Create an invite',
    'Returns the invite with its `code`, which no other answer shows: send it to the people you invite.',
    'A signed-in user joins with it as `inviteCode` and becomes a member; a person without an account signs in as a guest with it.',
    'A guest cannot find the room by the code: put the slug or id of the room into the link too, for example `https://app.example.org/join?room=cup-final#lki_…`.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Idempotent()
  @Refuses(InviteInThePast, RateLimited)
  @Returns(201, NewInviteView)
  create(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: CreateInvite }) body: CreateInvite,
    @TheCaller() caller: Caller,
    @TheUnit() unit: UnitOfWork,
  ): Promise<NewInviteView> {
    return this.invites.create(room, body, caller, unit);
  }

  @Get()
  @Operation(
    'listInvites',
    'List the invites of a room',
    'Returns the invites, the newest first, with the number of their uses. The codes are not part of it.',
  )
  @Access('host', { scope: 'rooms:read' })
  @Returns(200, InviteList)
  list(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListInvites }) query: ListInvites,
    @TheCaller() caller: Caller,
  ): Promise<Page<InviteView>> {
    return this.invites.list(room, query, caller);
  }

  @Delete(':id')
  @Operation(
    'revokeInvite',
    'Revoke an invite',
    'Refuses the code of the invite from now on. Members and guests who used it keep their membership and their sign-in: to make a person leave, ban them with `rekey: true`.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(NoSuchInvite)
  @ReturnsNothing()
  revoke(
    @Param({ schema: InvitePath }) path: InvitePath,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.invites.revoke(path, caller);
  }
}
