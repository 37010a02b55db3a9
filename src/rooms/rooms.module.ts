import { Module } from '@nestjs/common';
import { EntryModule } from './entry/entry.module.js';
import { FeedModule } from './feed/feed.module.js';
import { GuestsModule } from './guests/guests.module.js';
import { HistoryModule } from './history/history.module.js';
import { JoinModule } from './join/join.module.js';
import { ModerationModule } from './moderation/moderation.module.js';
import { ReportsModule } from './sdk-reports/reports.module.js';
import { RoomSettingsModule } from './settings/room-settings.module.js';
import { UserPortsModule } from './user-ports.module.js';

/** Rooms: their settings, the people in them, and their feeds. */
@Module({
  imports: [
    RoomSettingsModule,
    EntryModule,
    GuestsModule,
    JoinModule,
    FeedModule,
    ModerationModule,
    HistoryModule,
    ReportsModule,
    UserPortsModule,
  ],
})
export class RoomsModule {}
