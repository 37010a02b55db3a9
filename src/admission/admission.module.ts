import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { CodeEntryService } from './code-entry.service.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';
import { Throttle } from './throttle.js';

@Module({
  imports: [RoomsModule, EventsModule],
  controllers: [MembersController],
  providers: [MembersService, MembersRepository, CodeEntryService, Throttle],
  exports: [CodeEntryService],
})
export class AdmissionModule {}
