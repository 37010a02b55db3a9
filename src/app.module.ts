import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AccountModule } from './account/account.module.js';
import { AdmissionModule } from './admission/admission.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { GuestsModule } from './guests/guests.module.js';
import { FeedModule } from './feed/feed.module.js';
import { HealthModule } from './health/health.module.js';
import { HistoryModule } from './history/history.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { JoinModule } from './join/join.module.js';
import { KeyringModule } from './keyring/keyring.module.js';
import { ReferenceModule } from './reference/reference.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { ModerationModule } from './moderation/moderation.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { RequestLimitModule } from './throttling/throttling.module.js';
import { UsersModule } from './users/users.module.js';

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
        AccessModule.register({ imports: [AuthModule] }),
        RequestLimitModule,
        JoinModule,
        ReportsModule,
        ModerationModule,
        HistoryModule,
        FeedModule,
        RoomsModule,
        AdmissionModule,
        UsersModule,
        AuthModule,
        AccountModule,
        GuestsModule,
        HealthModule,
        MetricsModule,
        ReferenceModule,
      ],
    };
  }
}
