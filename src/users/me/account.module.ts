import { Module } from '@nestjs/common';
import { AuthModule } from '../sessions/auth.module.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { ThrottlingModule } from '../../platform/limits/throttling.module.js';
import { UsersModule } from '../accounts/users.module.js';
import { AccountService } from './account.service.js';
import { ExportsService } from './exports.service.js';
import { MeController } from './me.controller.js';
import { PasswordChangesService } from './password-changes.service.js';
import { UserPasswordController } from './user-password.controller.js';

@Module({
  imports: [UsersModule, AuthModule, AuditModule, PersonalDataModule, ThrottlingModule],
  controllers: [MeController, UserPasswordController],
  providers: [AccountService, ExportsService, PasswordChangesService],
})
export class AccountModule {}
