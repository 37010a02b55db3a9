import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { KeyringModule } from './keyring/keyring.module.js';
import { RequestLimitModule } from './limits/limits.module.js';
import { TasksModule } from './tasks/tasks.module.js';

/** The mechanisms that every feature uses. */
@Module({})
export class PlatformModule {
  static register(config: Config): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ConfigModule.register(config),
        DatabaseModule,
        KeyringModule,
        IdempotencyModule,
        RequestLimitModule,
        TasksModule,
      ],
    };
  }
}
