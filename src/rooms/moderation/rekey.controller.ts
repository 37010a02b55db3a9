import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { RateLimited } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns } from '../../platform/http/returns.js';
import { RoomPath } from '../settings/room.schema.js';
import {
  CasUnavailable,
  GenerationChanged,
  NoLiveToken,
} from '../../tokens/protocol/tokens.problems.js';
import { RekeyRoom, RekeyView } from './rekey.schema.js';
import { RekeyService } from './rekey.service.js';

@Section('Moderation')
@Controller('v1/rooms/:room/rekey')
export class RekeyController {
  constructor(private readonly rekeys: RekeyService) {}

  @Post()
  @Operation('rekeyRoom', 'Give everybody in the room a new token, which who is not in it lacks')
  @Access('host')
  @Refuses(GenerationChanged, NoLiveToken, CasUnavailable, RateLimited)
  @Returns(200, RekeyView)
  rekey(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: RekeyRoom }) body: RekeyRoom,
    @TheCaller() caller: Caller,
  ): Promise<RekeyView> {
    return this.rekeys.rekey(room, body, caller);
  }
}
