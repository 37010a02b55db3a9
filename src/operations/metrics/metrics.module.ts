import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { FeedModule } from '../../rooms/feed/feed.module.js';
import { PresenceModule } from '../../rooms/presence/presence.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { ThrottlingModule } from '../../platform/limits/throttling.module.js';
import { UsersModule } from '../../users/accounts/users.module.js';
import { DatabaseFigures } from './database-figures.js';
import { MetricsServer } from './metrics.server.js';
import { MetricsService } from './metrics.service.js';

@Module({
  imports: [AuditModule, FeedModule, PresenceModule, TokensModule, ThrottlingModule, UsersModule],
  providers: [DatabaseFigures, MetricsServer, MetricsService],
})
export class MetricsModule {}
