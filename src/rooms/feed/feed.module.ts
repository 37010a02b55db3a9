import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomsModule } from '../settings/rooms.module.js';
import { Audience, MOST_OF_REPLICA } from './audience.js';
import { FeedController } from './feed.controller.js';
import { FeedRepository } from './feed.repository.js';
import { FeedService } from './feed.service.js';
import { AliveTicker, AudienceTicker, NewsTicker } from './feed.tickers.js';
import { Headcount } from './headcount.js';
import { News } from './news.js';
import { Rights } from './rights.js';
import { StandingRepository } from './standing.repository.js';

@Module({
  imports: [PresenceModule, RoomsModule],
  controllers: [FeedController],
  providers: [
    { provide: Audience, useFactory: () => new Audience(MOST_OF_REPLICA) },
    FeedRepository,
    StandingRepository,
    FeedService,
    Rights,
    News,
    Headcount,
    NewsTicker,
    AudienceTicker,
    AliveTicker,
  ],
  exports: [FeedService],
})
export class FeedModule {}
