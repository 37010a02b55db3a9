import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { EventsModule } from '../events/events.module.js';
import { PersonalDataModule } from '../personal-data/personal-data.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { EntryRepository } from './entry.repository.js';
import { ExplainController } from './explain.controller.js';
import { ExplainService } from './explain.service.js';
import { InsideService } from './inside.service.js';
import { JoinController } from './join.controller.js';
import { JoinService } from './join.service.js';
import { PersonalGrants } from './personal-grants.js';
import { SeatSweepRepository } from './seat-sweep.repository.js';
import { SeatSweepTicker } from './seat-sweep.ticker.js';
import { SeatingRepository } from './seating.repository.js';

@Module({
  imports: [
    PersonalDataModule,
    AuthModule,
    EventsModule,
    AdmissionModule,
    RoomsModule,
    PresenceModule,
    TokensModule,
  ],
  controllers: [JoinController, ExplainController],
  providers: [
    PersonalGrants,
    JoinService,
    ExplainService,
    InsideService,
    EntryRepository,
    SeatingRepository,
    SeatSweepRepository,
    SeatSweepTicker,
  ],
  exports: [InsideService],
})
export class JoinModule {}
