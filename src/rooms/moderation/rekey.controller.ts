import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import {
  CasUnavailable,
  GenerationChanged,
  NoLiveToken,
  RekeyPaused,
} from '../../tokens/protocol/tokens.problems.js';
import { RekeyRoom, RekeyView } from './rekey.schema.js';
import { RekeyService } from './rekey.service.js';

@Section('Moderation')
@Controller('v1/rooms/:room/rekey')
export class RekeyController {
  constructor(private readonly rekeys: RekeyService) {}

  @Post()
  @Operation(
    'rekeyRoom',
    'Move everyone in the room to a new token',
    'Ends the current generation, and starts the next generation with a new token: everyone in `moves` has to join again.',
    'Use it after a token has leaked, at most once in 10 seconds; to leave a person behind, ban them with `rekey: true` instead. Send `dryRun: true` first to see the people who would move.',
    'The room needs a live token; if it has none, the next join gets a new token.',
  )
  @Access('host', { scope: 'rooms:write' })
  @Refuses(GenerationChanged, NoLiveToken, CasUnavailable, RekeyPaused)
  @Returns(200, RekeyView)
  rekey(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: RekeyRoom }) body: RekeyRoom,
    @TheCaller() caller: Caller,
  ): Promise<RekeyView> {
    return this.rekeys.rekey(room, body, caller);
  }
}
