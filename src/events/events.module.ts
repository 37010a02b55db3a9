import { Module } from '@nestjs/common';
import { AlarmsService } from './alarms.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditTicker } from './audit.ticker.js';

@Module({
  controllers: [AuditController],
  providers: [AlarmsService, AuditService, AuditRepository, AuditTicker],
  exports: [AlarmsService, AuditService],
})
export class EventsModule {}
