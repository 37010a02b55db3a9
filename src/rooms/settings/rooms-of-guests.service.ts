import { Injectable } from '@nestjs/common';
import { GuestRooms } from '../../users/sessions/guest-rooms.ports.js';
import { phaseOf } from './room.phase.js';

/** Guests are signed in until their room is deleted or closed, by a host or by the clock. */
@Injectable()
export class RoomsOfGuests extends GuestRooms {
  override isOpenSql(roomId: string): string {
    return `exists (
    select from rooms r where r.id = ${roomId} and r.deleted_at is null
       and ${phaseOf('r', 'clock_timestamp()')} <> 'closed')`;
  }
}
