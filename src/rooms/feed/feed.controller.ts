import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Banned, RoomClosed } from '../entry/entry.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Overloaded, RateLimited } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import type { Reply } from '../../platform/http/request.js';
import { ReturnsOrStreams } from '../../platform/http/returns.js';
import { NotInRoom } from '../join/join.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { FollowRoom, RoomEvents } from './feed.schema.js';
import { FeedService } from './feed.service.js';
import { FeedHeaders, type FeedOptions } from './feed-headers.decorator.js';

const EXAMPLE = `id: 41
event: state
data: {"generation":3,"refreshAfter":"2031-05-30T18:59:30.000Z","phase":"open","participantCount":12,"serverTime":"2031-05-30T18:00:04.210Z"}

id: 42
event: token.moved
data: {"generation":4,"reason":"expired"}

event: participants
data: {"count":13}

`;

const LIFE =
  'A stream lives for five minutes, give or take a fifth, and ends with a `retry` of at most one ' +
  'second: connect again from the last id, and nothing is missed. A long poll ends after `wait`.';

@Section('Feed')
@Controller('v1/rooms/:room')
export class FeedController {
  constructor(private readonly feeds: FeedService) {}

  @Get('events')
  @Operation('followRoom', 'Follow what happens in a room', LIFE)
  @Access('room', { guests: true })
  @Refuses(NotInRoom, RoomClosed, Banned, RateLimited, Overloaded)
  @ReturnsOrStreams(RoomEvents, EXAMPLE)
  follow(
    @Param({ schema: RoomPath }) { room }: RoomPath,
    @Query({ schema: FollowRoom }) query: FollowRoom,
    @FeedHeaders() { isStream, lastEventId }: FeedOptions,
    @TheCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<RoomEvents | void> {
    return isStream
      ? this.feeds.stream(room, lastEventId ?? query.after, caller, reply)
      : this.feeds.poll(room, query, caller, reply);
  }
}
