import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { BearerFormsModule } from './bearer-forms.module.js';
import { IssuersModule } from './issuers/issuers.module.js';
import { MeModule } from './me/me.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

@Module({
  imports: [
    AccountsModule,
    SessionsModule,
    IssuersModule,
    ApiKeysModule,
    BearerFormsModule,
    MeModule,
  ],
})
export class UsersModule {}
