import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { NoSuchUser } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import { CasUnavailable } from '../../tokens/protocol/tokens.problems.js';
import { BanList, BanPath, BanView, ListBans, SetBan } from './ban.schema.js';
import { BansService } from './bans.service.js';
import {
  AdminNotBannable,
  BanInThePast,
  BanOfAdministrator,
  BanOfHost,
  NoSuchBan,
} from './moderation.problems.js';

@Section('Moderation')
@Controller('v1/rooms/:room/bans')
export class BansController {
  constructor(private readonly bans: BansService) {}

  @Get()
  @Operation(
    'listBans',
    'List the bans of a room',
    'Returns the bans that are in force, in the order of the user ids.',
  )
  @Access('host', { scope: 'rooms:read' })
  @Returns(200, BanList)
  list(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListBans }) query: ListBans,
    @TheCaller() caller: Caller,
  ): Promise<Page<BanView>> {
    return this.bans.list(room, query, caller);
  }

  @Put(':userId')
  @Operation(
    'setBan',
    'Ban a user from a room',
    'Ends all seats of the user in the room, and refuses their joins until `until`, or permanently without `until`. A repeated ban replaces the ban.',
    'The user keeps the token that they have: set `rekey` to move everyone else to a new token.',
    'Only administrators may ban a host, or change a ban that an administrator has set.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(BanInThePast, BanOfHost, BanOfAdministrator, NoSuchUser)
  @Refuses(AdminNotBannable, CasUnavailable)
  @Returns(200, BanView)
  set(
    @Param({ schema: BanPath }) path: BanPath,
    @Body({ schema: SetBan }) body: SetBan,
    @TheCaller() caller: Caller,
  ): Promise<BanView> {
    return this.bans.set(path, body, caller);
  }

  @Delete(':userId')
  @Operation(
    'removeBan',
    'Lift a ban',
    'Ends the ban at once; the user may join again by the rules of the room.',
    'Only administrators may lift a ban on a host, or a ban that an administrator has set.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(BanOfHost, BanOfAdministrator, NoSuchBan)
  @ReturnsNothing()
  remove(@Param({ schema: BanPath }) path: BanPath, @TheCaller() caller: Caller): Promise<void> {
    return this.bans.remove(path, caller);
  }
}
