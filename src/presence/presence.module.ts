import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { PersonalSeats } from './personal-seats.js';
import { PresenceService } from './presence.service.js';

@Module({
  imports: [EventsModule, PersonalDataModule],
  providers: [PersonalSeats, PresenceService],
  exports: [PresenceService],
})
export class PresenceModule {}
