import { Module } from '@nestjs/common';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { PersonalSeats } from './personal-seats.js';
import { PresenceService } from './presence.service.js';
import { PresenceTicker } from './presence.ticker.js';

@Module({
  imports: [PersonalDataModule],
  providers: [PersonalSeats, PresenceService, PresenceTicker],
  exports: [PresenceService],
})
export class PresenceModule {}
