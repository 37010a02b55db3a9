import { Module } from '@nestjs/common';
import { AdmissionModule } from '../entry/admission.module.js';
import { AuthModule } from '../../users/sessions/auth.module.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { ThrottlingModule } from '../../platform/limits/throttling.module.js';
import { UsersModule } from '../../users/accounts/users.module.js';
import { GuestsController } from './guests.controller.js';
import { GuestsRepository } from './guests.repository.js';
import { GuestsService } from './guests.service.js';

@Module({
  imports: [AdmissionModule, AuthModule, AuditModule, ThrottlingModule, UsersModule],
  controllers: [GuestsController],
  providers: [GuestsService, GuestsRepository],
})
export class GuestsModule {}
