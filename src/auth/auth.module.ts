import { Module } from '@nestjs/common';
import { LiveSessions, VerificationKeys } from '../access/access.ports.js';
import { EventsModule } from '../events/events.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwksController } from './jwks.controller.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { SessionsRepository } from './sessions.repository.js';
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [UsersModule, EventsModule],
  controllers: [AuthController, JwksController],
  providers: [
    AuthService,
    OpaqueTokens,
    SessionsRepository,
    SigningKeys,
    { provide: LiveSessions, useExisting: SessionsRepository },
    { provide: VerificationKeys, useExisting: SigningKeys },
  ],
  exports: [LiveSessions, VerificationKeys],
})
export class AuthModule {}
