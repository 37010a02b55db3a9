import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { type Caller, TheCaller } from '../access/principal.js';
import { Returns, ReturnsNothing } from '../common/returns.js';
import { Nothing } from '../common/schema.js';
import { RoomPath } from '../rooms/room.schema.js';
import { InsideService } from './inside.service.js';
import { Heartbeat, Join, JoinGrant } from './join.schema.js';
import { JoinService } from './join.service.js';

@ApiTags('Join')
@Controller('v1/rooms/:room')
export class JoinController {
  constructor(
    private readonly joins: JoinService,
    private readonly inside: InsideService,
  ) {}

  @Post('join')
  @Access('room')
  @Returns(200, JoinGrant)
  join(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Join }) body: Join,
    @TheCaller() caller: Caller,
  ): Promise<JoinGrant> {
    return this.joins.join(room, body, caller);
  }

  @Post('heartbeat')
  @Access('room')
  @Returns(200, Heartbeat)
  beat(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Nothing }) _body: Nothing,
    @TheCaller() caller: Caller,
  ): Promise<Heartbeat> {
    return this.inside.beat(room, caller);
  }

  @Post('leave')
  @Access('room')
  @ReturnsNothing()
  leave(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Nothing }) _body: Nothing,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.inside.leave(room, caller);
  }
}
