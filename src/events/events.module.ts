import { Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { AlarmsService } from './alarms.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditService } from './audit.service.js';
import { AuditTicker } from './audit.ticker.js';
import { PersonalAudit } from './personal-audit.js';
import { RoomEvents } from './room-events.service.js';
import { RoomEventsTicker } from './room-events.ticker.js';

/**
 * What has happened, for others to read: the audit trail, and the feeds of rooms.
 *
 * Whoever changes what people inside must learn of calls `RoomEvents.record(transaction, event)` in
 * the transaction of the change, after everything else in it: the row of the room's feed is locked
 * from then on, and is always the last lock that a transaction takes. A single statement that must
 * not be without its event takes `recordingOf(…)` in, as the publishing of a token does.
 */
@Module({
  imports: [PersonalDataModule],
  controllers: [AuditController],
  providers: [
    PersonalAudit,
    AlarmsService,
    AuditService,
    AuditRepository,
    AuditTicker,
    RoomEvents,
    RoomEventsTicker,
  ],
  exports: [AlarmsService, AuditService, RoomEvents],
})
export class EventsModule {}
