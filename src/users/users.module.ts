import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { IssuersModule } from './issuers/issuers.module.js';
import { MeModule } from './me/me.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

@Module({ imports: [AccountsModule, SessionsModule, IssuersModule, MeModule] })
export class UsersModule {}
