import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { EventsModule } from '../events/events.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { GuestsController } from './guests.controller.js';
import { GuestsRepository } from './guests.repository.js';
import { GuestsService } from './guests.service.js';
import { GuestsTicker } from './guests.ticker.js';

@Module({
  imports: [AdmissionModule, AuthModule, EventsModule, ThrottlingModule, UsersModule],
  controllers: [GuestsController],
  providers: [GuestsService, GuestsRepository, GuestsTicker],
})
export class GuestsModule {}
