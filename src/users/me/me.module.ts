import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccountService } from './account.service.js';
import { ExportsService } from './exports.service.js';
import { MeController } from './me.controller.js';
import { PasswordChangesService } from './password-changes.service.js';
import { UserPasswordController } from './user-password.controller.js';

@Module({
  imports: [AccountsModule, SessionsModule, AuditModule, PersonalDataModule, LimitsModule],
  controllers: [MeController, UserPasswordController],
  providers: [AccountService, ExportsService, PasswordChangesService],
})
export class MeModule {}
