import { Module } from '@nestjs/common';
import { RoomEventsModule } from '../../platform/room-events/room-events.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { PersonalSeats } from './personal-seats.js';
import { PresenceService } from './presence.service.js';

@Module({
  imports: [RoomEventsModule, PersonalDataModule],
  providers: [PersonalSeats, PresenceService],
  exports: [PresenceService],
})
export class PresenceModule {}
