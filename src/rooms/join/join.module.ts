import { Module } from '@nestjs/common';
import { EntryModule } from '../entry/entry.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { AccountsModule } from '../../users/accounts/accounts.module.js';
import { ParticipantsModule } from '../../users/participants/participants.module.js';
import { SessionsModule } from '../../users/sessions/sessions.module.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { RoomEventsModule } from '../../platform/room-events/room-events.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { RoomSettingsModule } from '../settings/room-settings.module.js';
import { EntryRepository } from './entry.repository.js';
import { ExplainController } from './explain.controller.js';
import { ExplainService } from './explain.service.js';
import { GrantsController } from './grants.controller.js';
import { GrantsRepository } from './grants.repository.js';
import { GrantsService } from './grants.service.js';
import { InsideService } from './inside.service.js';
import { JoinController } from './join.controller.js';
import { JoinService } from './join.service.js';
import { SeatSweepRepository } from './seat-sweep.repository.js';
import { SeatingRepository } from './seating.repository.js';

@Module({
  imports: [
    PersonalDataModule,
    SessionsModule,
    AccountsModule,
    ParticipantsModule,
    LimitsModule,
    AuditModule,
    RoomEventsModule,
    EntryModule,
    RoomSettingsModule,
    PresenceModule,
    TokensModule,
  ],
  controllers: [JoinController, GrantsController, ExplainController],
  providers: [
    // Which generations of which rooms a person received; never the tokens.
    PersonalDataModule.of('tokensReceived', {
      fields: `room_id as "roomId", generation, seat_id as "seatId",
               display_name as "displayName", at`,
      from: 'holders where user_id = $1',
      key: { at: 'timestamptz', room_id: 'uuid', generation: 'int', seat_id: 'uuid' },
    }),
    JoinService,
    GrantsService,
    GrantsRepository,
    ExplainService,
    InsideService,
    EntryRepository,
    SeatingRepository,
    SeatSweepRepository,
  ],
  exports: [InsideService],
})
export class JoinModule {}
