import { Body, Controller, Param, Post } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import {
  AccessCodeRequired,
  AccessCodeWrong,
  Banned,
  InviteInvalid,
  RoomClosed,
  RoomFull,
  RoomLocked,
  RoomNotOpen,
} from '../entry/entry.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import { Returns, ReturnsNothing } from '../../platform/http/returns.js';
import { Nothing } from '../../platform/http/schema.js';
import { RoomPath } from '../settings/room.schema.js';
import { CasUnavailable } from '../../tokens/protocol/tokens.problems.js';
import { InsideService } from './inside.service.js';
import { Heartbeat, Join, JoinGrant } from './join.schema.js';
import { NotInRoom } from './join.problems.js';
import { JoinService } from './join.service.js';

const SEATS = `A person has 4 seats in a room at most, one for each sign-in. The oldest gives way to a
fifth one, and in a full room to any new one of the same person: its feed ends with \`removed\` and
the reason \`replaced\`, and its heartbeat is \`not_in_room\`.`;

@Section('Join')
@Controller('v1/rooms/:room')
export class JoinController {
  constructor(
    private readonly joins: JoinService,
    private readonly inside: InsideService,
  ) {}

  @Post('join')
  @Operation('joinRoom', 'Enter a room, and get its token', SEATS)
  @Access('room', { guests: true })
  @Refuses(Banned, RoomNotOpen, RoomClosed, RoomLocked, RoomFull)
  @Refuses(AccessCodeRequired, AccessCodeWrong, InviteInvalid, CasUnavailable)
  @Returns(200, JoinGrant)
  join(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Join }) body: Join,
    @TheCaller() caller: Caller,
  ): Promise<JoinGrant> {
    return this.joins.join(room, body, caller);
  }

  @Post('heartbeat')
  @Operation('sendHeartbeat', 'Say that one is still in the room')
  @Access('room', { guests: true })
  @Refuses(Banned, NotInRoom, RoomClosed)
  @Returns(200, Heartbeat)
  beat(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Nothing }) _body: Nothing,
    @TheCaller() caller: Caller,
  ): Promise<Heartbeat> {
    return this.inside.beat(room, caller);
  }

  @Post('leave')
  @Operation('leaveRoom', 'Leave the room')
  @Access('room', { guests: true })
  @Refuses(NotInRoom)
  @ReturnsNothing()
  leave(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Nothing }) _body: Nothing,
    @TheCaller() caller: Caller,
  ): Promise<void> {
    return this.inside.leave(room, caller);
  }
}
