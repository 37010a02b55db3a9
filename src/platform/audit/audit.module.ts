import { Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { AlarmsService } from './alarms.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditTasks } from './audit.tasks.js';
import { ENTRIES_OF_PERSON } from './personal-audit.js';

@Module({
  imports: [PersonalDataModule],
  controllers: [AuditController],
  providers: [
    PersonalDataModule.of('auditEntries', ENTRIES_OF_PERSON),
    // The reports of dead sessions by a person.
    PersonalDataModule.of('reports', {
      fields: `room_id as "roomId", generation`,
      from: 'dead_session_reporters where user_id = $1',
      key: { room_id: 'uuid', generation: 'int' },
    }),
    AlarmsService,
    AuditService,
    AuditRepository,
    AuditTasks,
  ],
  exports: [AlarmsService, AuditService],
})
export class AuditModule {}
