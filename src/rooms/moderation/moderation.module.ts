import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { RoomEventsModule } from '../../platform/room-events/room-events.module.js';
import { JoinModule } from '../join/join.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomSettingsModule } from '../settings/room-settings.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { ParticipantsModule } from '../../users/participants/participants.module.js';
import { BansController } from './bans.controller.js';
import { BansRepository } from './bans.repository.js';
import { BansService } from './bans.service.js';
import { EvictionsService } from './evictions.service.js';
import { ParticipantsController } from './participants.controller.js';
import { ParticipantsRepository } from './participants.repository.js';
import { ParticipantsService } from './participants.service.js';
import { PendingRekeysRepository } from './pending-rekeys.repository.js';
import { RekeyController } from './rekey.controller.js';
import { RekeyService } from './rekey.service.js';

@Module({
  imports: [
    PersonalDataModule,
    RoomSettingsModule,
    JoinModule,
    ParticipantsModule,
    PresenceModule,
    TokensModule,
    AuditModule,
    RoomEventsModule,
    LimitsModule,
  ],
  controllers: [BansController, ParticipantsController, RekeyController],
  providers: [
    BansService,
    BansRepository,
    ParticipantsService,
    ParticipantsRepository,
    RekeyService,
    EvictionsService,
    PendingRekeysRepository,
    // Without the person who set the ban, who is somebody else.
    PersonalDataModule.of('bans', {
      fields: `room_id as "roomId", until, reason, created_at as "createdAt"`,
      from: 'bans where user_id = $1',
      key: { created_at: 'timestamptz', room_id: 'uuid' },
    }),
  ],
})
export class ModerationModule {}
