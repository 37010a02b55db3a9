import { Module } from '@nestjs/common';
import { RoomEvents } from './room-events.service.js';

/** Records the kept events of rooms; `rooms/feed` delivers them. */
@Module({ providers: [RoomEvents], exports: [RoomEvents] })
export class RoomEventsModule {}
