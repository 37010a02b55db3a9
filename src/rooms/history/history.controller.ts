import { Controller, Get, Param, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { readsRecords } from '../../platform/access/global-role.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { type Page, toPage } from '../../platform/http/paging.js';
import { Returns } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import { RoomsService } from '../settings/rooms.service.js';
import { GenerationList, type GenerationView, ListGenerations } from './generation.schema.js';
import { GenerationsRepository } from './generations.repository.js';
import { HolderList, type HolderView, ListHolders } from './holder.schema.js';
import { HoldersRepository } from './holders.repository.js';

@Section('Moderation')
@Controller('v1/rooms/:room')
export class HistoryController {
  constructor(
    private readonly rooms: RoomsService,
    private readonly generations: GenerationsRepository,
    private readonly holders: HoldersRepository,
  ) {}

  @Get('generations')
  @Operation(
    'listGenerations',
    'List the generations of a room',
    'Returns every generation that the room had, the newest first, with its fingerprint and the reason why it ended.',
    'Compare a fingerprint with the fingerprint that an app shows to find the generation of its token.',
  )
  @Access('admin', { who: readsRecords, scope: 'rooms:read' })
  @Returns(200, GenerationList)
  async listGenerations(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListGenerations }) query: ListGenerations,
    @TheCaller() caller: Caller,
  ): Promise<Page<GenerationView>> {
    const { id } = await this.rooms.find(room, caller);
    return toPage(await this.generations.list(id, query), query);
  }

  @Get('holders')
  @Operation(
    'listHolders',
    'List the people who got a token',
    'Returns an entry for each seat and generation, the newest generation first. Use it after a leak to find everyone who had the token.',
  )
  @Access('admin', { who: readsRecords, scope: 'rooms:read' })
  @Returns(200, HolderList)
  async listHolders(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListHolders }) query: ListHolders,
    @TheCaller() caller: Caller,
  ): Promise<Page<HolderView>> {
    const { id } = await this.rooms.find(room, caller);
    return toPage(await this.holders.list(id, query), query);
  }
}
