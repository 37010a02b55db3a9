import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { CodeEntryService } from './code-entry.service.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';
import { PersonalAdmissions } from './personal-admissions.js';

@Module({
  imports: [PersonalDataModule, RoomsModule, EventsModule, ThrottlingModule],
  controllers: [MembersController],
  providers: [PersonalAdmissions, MembersService, MembersRepository, CodeEntryService],
  exports: [CodeEntryService],
})
export class AdmissionModule {}
