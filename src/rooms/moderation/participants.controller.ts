import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Banned, RoomClosed } from '../entry/entry.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import type { Page } from '../../platform/http/paging.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { NotInRoom } from '../join/join.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { CasUnavailable } from '../../tokens/protocol/tokens.problems.js';
import { NobodyToKick } from './moderation.problems.js';
import {
  KickParticipant,
  ListParticipants,
  ParticipantList,
  ParticipantPath,
  type ParticipantView,
} from './participant.schema.js';
import { ParticipantsService } from './participants.service.js';

@Section('Moderation')
@Controller('v1/rooms/:room/participants')
export class ParticipantsController {
  constructor(private readonly participants: ParticipantsService) {}

  @Get()
  @Operation(
    'listParticipants',
    'List the participants of a room',
    'Returns the held seats, the oldest first. Hosts and administrators see every field; everyone else sees `id`, `displayName` and `role`, and must hold a seat.',
  )
  @Access('room', { guests: true, scope: 'rooms:read' })
  @Refuses(NotInRoom, Banned, RoomClosed)
  @Returns(200, ParticipantList)
  list(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: ListParticipants }) query: ListParticipants,
    @TheCaller() caller: Caller,
  ): Promise<Page<ParticipantView>> {
    return this.participants.list(room, query, caller);
  }

  @Delete(':userId')
  @Operation(
    'kickParticipant',
    'Remove a user from a room',
    'Ends all seats of the user in the room. The user may join again: ban them to prevent that.',
    'The user keeps the token that they have: set `rekey` to move everyone else to a new token.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(NobodyToKick, CasUnavailable)
  @ReturnsNothing()
  kick(
    @Param({ schema: ParticipantPath }) path: ParticipantPath,
    @Query({ schema: KickParticipant }) query: KickParticipant,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.participants.kick(path, query, caller);
  }
}
