import { Module } from '@nestjs/common';
import { RoomEventsModule } from '../../platform/room-events/room-events.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { PresenceService } from './presence.service.js';

@Module({
  imports: [RoomEventsModule, PersonalDataModule],
  providers: [
    // The rooms in which a person is inside, or was moments ago.
    PersonalDataModule.of('seats', {
      fields: `id, room_id as "roomId", session_id as "sessionId", role,
               display_name as "displayName", generation, joined_at as "joinedAt",
               seen_at as "seenAt"`,
      from: 'seats where user_id = $1',
      key: { id: 'uuid' },
    }),
    PresenceService,
  ],
  exports: [PresenceService],
})
export class PresenceModule {}
