import { Injectable } from '@nestjs/common';
import { Ticking } from '../../platform/tasks/ticking.js';
import { RoomEndings } from './room-endings.service.js';

/** Ends the rooms whose time is over; a condition on the room's row decides which replica does. */
@Injectable()
export class RoomsTicker extends Ticking {
  constructor(endings: RoomEndings) {
    super('end rooms', 500, () => endings.endDue());
  }
}
