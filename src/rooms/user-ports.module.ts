import { Global, Module } from '@nestjs/common';
import { UserSeats } from '../users/accounts/user-seats.ports.js';
import { PresenceModule } from './presence/presence.module.js';
import { PresenceService } from './presence/presence.service.js';

/** Fulfils the ports that users declare, everywhere, because users cannot import rooms. */
@Global()
@Module({
  imports: [PresenceModule],
  providers: [{ provide: UserSeats, useExisting: PresenceService }],
  exports: [UserSeats],
})
export class UserPortsModule {}
