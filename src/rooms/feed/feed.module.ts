import { Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { RoomSettingsModule } from '../settings/room-settings.module.js';
import { KeepAlive } from './keep-alive.js';
import { ListenerRegistry, MOST_OF_REPLICA } from './listener-registry.js';
import { FeedController } from './feed.controller.js';
import { FeedRepository } from './feed.repository.js';
import { FeedService } from './feed.service.js';
import { FeedTasks } from './feed.tasks.js';
import { ParticipantCounts } from './participant-counts.js';
import { EventDispatcher } from './event-dispatcher.js';
import { Rights } from './rights.js';
import { FeedAccessRepository } from './feed-access.repository.js';

@Module({
  imports: [PresenceModule, RoomSettingsModule],
  controllers: [FeedController],
  providers: [
    { provide: ListenerRegistry, useFactory: () => new ListenerRegistry(MOST_OF_REPLICA) },
    FeedRepository,
    FeedAccessRepository,
    FeedService,
    Rights,
    EventDispatcher,
    ParticipantCounts,
    KeepAlive,
    FeedTasks,
  ],
})
export class FeedModule {}
