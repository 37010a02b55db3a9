import { Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { AlarmsService } from './alarms.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditTasks } from './audit.tasks.js';
import { PersonalAudit } from './personal-audit.js';

/** The audit trail, and alarms for administrators. */
@Module({
  imports: [PersonalDataModule],
  controllers: [AuditController],
  providers: [PersonalAudit, AlarmsService, AuditService, AuditRepository, AuditTasks],
  exports: [AlarmsService, AuditService],
})
export class AuditModule {}
