import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditTicker } from './audit.ticker.js';

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditRepository, AuditTicker],
  exports: [AuditService],
})
export class EventsModule {}
