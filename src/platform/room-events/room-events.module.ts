import { Module } from '@nestjs/common';
import { RoomEvents } from './room-events.service.js';

/**
 * The events of rooms that are kept; `rooms/feed` delivers them.
 *
 * Whoever changes what people inside must learn of calls `RoomEvents.record(transaction, event)` in
 * the transaction of the change, after everything else in it: the row of the room's feed is locked
 * from then on, and is always the last lock that a transaction takes. A single statement that must
 * not be without its event takes `recordingOf(…)` in, as the publishing of a token does.
 */
@Module({ providers: [RoomEvents], exports: [RoomEvents] })
export class RoomEventsModule {}
