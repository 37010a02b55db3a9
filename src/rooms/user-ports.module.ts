import { Global, Module } from '@nestjs/common';
import { GuestRooms } from '../users/sessions/guest-rooms.ports.js';
import { UserSeats } from '../users/accounts/user-seats.ports.js';
import { PresenceModule } from './presence/presence.module.js';
import { PresenceService } from './presence/presence.service.js';
import { RoomsOfGuests } from './settings/rooms-of-guests.service.js';

/** Implements the ports of `users` for all modules, because users cannot import rooms. */
@Global()
@Module({
  imports: [PresenceModule],
  providers: [
    { provide: UserSeats, useExisting: PresenceService },
    { provide: GuestRooms, useClass: RoomsOfGuests },
  ],
  exports: [UserSeats, GuestRooms],
})
export class UserPortsModule {}
