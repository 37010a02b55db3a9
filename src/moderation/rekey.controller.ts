import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import { Operation, Section } from '../common/documented.js';
import { RateLimited } from '../common/problems.js';
import { Refuses } from '../common/refuses.js';
import { Returns } from '../common/returns.js';
import { RoomPath } from '../rooms/room.schema.js';
import { CasUnavailable, GenerationChanged, NoLiveToken } from '../tokens/tokens.problems.js';
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
