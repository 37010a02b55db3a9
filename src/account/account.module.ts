import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { EventsModule } from '../events/events.module.js';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountService } from './account.service.js';
import { ExportsService } from './exports.service.js';
import { MeController } from './me.controller.js';
import { PasswordChangesService } from './password-changes.service.js';
import { UserPasswordController } from './user-password.controller.js';

@Module({
  imports: [UsersModule, AuthModule, EventsModule, PersonalDataModule, ThrottlingModule],
  controllers: [MeController, UserPasswordController],
  providers: [AccountService, ExportsService, PasswordChangesService],
})
export class AccountModule {}
