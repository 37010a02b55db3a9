import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './platform/access/access.module.js';
import { MeModule } from './users/me/me.module.js';
import { EntryModule } from './rooms/entry/entry.module.js';
import { SessionsModule } from './users/sessions/sessions.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import type { Config } from './platform/config/config.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { GuestsModule } from './rooms/guests/guests.module.js';
import { FeedModule } from './rooms/feed/feed.module.js';
import { HealthModule } from './operations/health/health.module.js';
import { HistoryModule } from './rooms/history/history.module.js';
import { IdempotencyModule } from './platform/idempotency/idempotency.module.js';
import { JoinModule } from './rooms/join/join.module.js';
import { KeyringModule } from './platform/keyring/keyring.module.js';
import { ReferenceModule } from './operations/reference/reference.module.js';
import { MetricsModule } from './operations/metrics/metrics.module.js';
import { ReportsModule } from './rooms/sdk-reports/reports.module.js';
import { ModerationModule } from './rooms/moderation/moderation.module.js';
import { RoomsModule } from './rooms/settings/rooms.module.js';
import { RequestLimitModule } from './platform/limits/limits.module.js';
import { TasksModule } from './platform/tasks/tasks.module.js';
import { UserPortsModule } from './rooms/user-ports.module.js';
import { UsersModule } from './users/accounts/users.module.js';

@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        DatabaseModule,
        KeyringModule,
        IdempotencyModule,
        AccessModule.register({ imports: [SessionsModule] }),
        RequestLimitModule,
        JoinModule,
        ReportsModule,
        ModerationModule,
        HistoryModule,
        FeedModule,
        RoomsModule,
        EntryModule,
        UserPortsModule,
        UsersModule,
        SessionsModule,
        MeModule,
        GuestsModule,
        TasksModule,
        HealthModule,
        MetricsModule,
        ReferenceModule,
      ],
    };
  }
}
