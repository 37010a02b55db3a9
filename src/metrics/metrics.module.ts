import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { FeedModule } from '../feed/feed.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { DatabaseFigures } from './database-figures.js';
import { MetricsServer } from './metrics.server.js';
import { MetricsService } from './metrics.service.js';

@Module({
  imports: [EventsModule, FeedModule, PresenceModule, TokensModule, ThrottlingModule, UsersModule],
  providers: [DatabaseFigures, MetricsServer, MetricsService],
})
export class MetricsModule {}
