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
import { TooManyAttempts } from '../../platform/limits/limits.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { CasUnavailable } from '../../tokens/protocol/tokens.problems.js';
import { InsideService } from './inside.service.js';
import { Heartbeat, Join, JoinGrant } from './join.schema.js';
import { NotInRoom } from './join.problems.js';
import { JoinService } from './join.service.js';

@Section('Join')
@Controller('v1/rooms/:room')
export class JoinController {
  constructor(
    private readonly joins: JoinService,
    private readonly inside: InsideService,
  ) {}

  @Post('join')
  @Operation(
    'joinRoom',
    'Join a room',
    'Takes a seat in the room and returns its token, the same for everyone in the room: connect to Watch Together with it.',
    'With the feed, join again when `token.moved` names a greater `generation` or `state` names another, and set no timer. With heartbeats, join again at `refreshAfter`, or at once when `generation` changes; seat and name stay.',
    'A person has at most 4 seats in a room, one for each sign-in; a further seat ends the oldest seat (`removed`, reason `replaced`).',
  )
  @Access('room', { guests: true })
  @Refuses(Banned, RoomNotOpen, RoomClosed, RoomLocked, RoomFull)
  @Refuses(AccessCodeRequired, AccessCodeWrong, InviteInvalid, TooManyAttempts, CasUnavailable)
  @Returns(200, JoinGrant)
  join(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Body({ schema: Join }) body: Join,
    @TheCaller() caller: Caller,
  ): Promise<JoinGrant> {
    return this.joins.join(room, body, caller);
  }

  @Post('heartbeat')
  @Operation(
    'sendHeartbeat',
    'Send a heartbeat',
    'Keeps the seat of an app that does not follow the feed. Join first, then send a heartbeat every 30 seconds.',
    'If `generation` differs from the generation of your token, join again at once; otherwise join again at `refreshAfter`.',
  )
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
  @Operation(
    'leaveRoom',
    'Leave a room',
    'Ends the seat of this sign-in, and frees its name. Send it when the user leaves the room; when a page closes, use `fetch` with `keepalive: true`.',
    'If it is not sent, the seat ends by itself `PRESENCE_TTL` (90 s) after the last join, heartbeat or open feed.',
  )
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
