import { Module } from '@nestjs/common';
import { RoomEvents } from './room-events.service.js';

/**
 * Records the kept events of rooms; `rooms/feed` delivers them.
 *
 * A change that must be announced in a room calls `RoomEvents.record(transaction, event)` in its
 * transaction, after everything else: it locks the row of the room's feed, which must be the last
 * lock that a transaction takes. A single statement that needs an event includes `recordingOf(…)`,
 * as publishing a token does.
 */
@Module({ providers: [RoomEvents], exports: [RoomEvents] })
export class RoomEventsModule {}
