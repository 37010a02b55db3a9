import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { Access } from '../../platform/access/access.decorator.js';
import { type Caller, TheCaller } from '../../platform/access/principal.js';
import { Banned, RoomClosed } from '../entry/entry.problems.js';
import { Operation, Section } from '../../platform/http/documented.js';
import { Refuses } from '../../platform/http/refuses.js';
import type { Reply } from '../../platform/http/request.js';
import { ReturnsOrStreams } from '../../platform/http/returns.js';
import { NotInRoom } from '../join/join.problems.js';
import { RoomPath } from '../settings/room.schema.js';
import { TooManyFeeds, TooManyFeedsOfSignIn } from './feed.problems.js';
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

@Section('Feed')
@Controller('v1/rooms/:room')
export class FeedController {
  constructor(private readonly feeds: FeedService) {}

  @Get('events')
  @Operation(
    'followRoom',
    'Follow the events of a room',
    'With `Accept: text/event-stream` the answer is a stream of server-sent events; otherwise it is a long poll, which returns when an event comes or when `wait` ends; join the room first.',
    'A stream ends after 4 to 6 minutes: wait the milliseconds in its last `retry:` line, and connect again with the last id; no event is lost.',
    'Join again when `token.moved` names a greater `generation` or `state` names another; a timer is not needed, but after an outage of more than 10 minutes only a join gets a new token. A ninth feed ends the oldest feed of this sign-in in the same room; if all eight are in other rooms, it is refused with 429.',
  )
  @Access('room', { guests: true })
  @Refuses(NotInRoom, RoomClosed, Banned, TooManyFeedsOfSignIn, TooManyFeeds)
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
