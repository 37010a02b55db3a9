import { type DynamicModule, Module } from '@nestjs/common';
import { OperationsModule } from './operations/operations.module.js';
import { AccessModule } from './platform/access/access.module.js';
import type { Config } from './platform/config/config.js';
import { PlatformModule } from './platform/platform.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { BearerFormsModule } from './users/bearer-forms.module.js';
import { SessionsModule } from './users/sessions/sessions.module.js';
import { UsersModule } from './users/users.module.js';

@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(config),
        // The guard of all routes asks users whose token it is, and whether its session is live.
        AccessModule.register({ imports: [SessionsModule, BearerFormsModule] }),
        RoomsModule,
        UsersModule,
        OperationsModule,
      ],
    };
  }
}
