import { Injectable } from '@nestjs/common';
import { Ticking } from '../tasks/ticking.js';
import { RoomEvents } from './room-events.service.js';

/** Removes the events of rooms that are not kept any longer. */
@Injectable()
export class RoomEventsTicker extends Ticking {
  constructor(events: RoomEvents) {
    super('purge room events', 60_000, () => events.purge());
  }
}
