import { Module } from '@nestjs/common';
import { EntryModule } from '../entry/entry.module.js';
import { SessionsModule } from '../../users/sessions/sessions.module.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { AccountsModule } from '../../users/accounts/accounts.module.js';
import { GuestsController } from './guests.controller.js';
import { GuestsRepository } from './guests.repository.js';
import { GuestsService } from './guests.service.js';

@Module({
  imports: [EntryModule, SessionsModule, AuditModule, LimitsModule, AccountsModule],
  controllers: [GuestsController],
  providers: [GuestsService, GuestsRepository],
})
export class GuestsModule {}
