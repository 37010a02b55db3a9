import { Module } from '@nestjs/common';
import { LiveSessions, VerificationKeys } from '../../platform/access/access.ports.js';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { PersonalDataModule } from '../../platform/personal-data/personal-data.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AuthController } from './auth.controller.js';
import { RegistrationService } from './registration.service.js';
import { SessionOpener } from './session-opener.service.js';
import { SignInService } from './sign-in.service.js';
import { EndedSessionsRepository } from './ended-sessions.repository.js';
import { JwksController } from './jwks.controller.js';
import { OpaqueTokens } from './opaque-tokens.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { PasswordCheck } from './password-check.js';
import { RefreshService } from './refresh.service.js';
import { RotatedTokensRepository } from './rotated-tokens.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInMarksRepository } from './sign-in-marks.repository.js';
import { SignInMarks } from './sign-in-marks.service.js';
import { SignedInAnswers } from './signed-in-answers.js';
import { SigningKeys } from './signing-keys.js';
import { UserSessionsController } from './user-sessions.controller.js';
import { UserSessionsRepository } from './user-sessions.repository.js';
import { SigningKeyRotation } from './signing-key-rotation.service.js';
import { SigningKeysTasks } from './signing-keys.tasks.js';

@Module({
  imports: [PersonalDataModule, AccountsModule, AuditModule, LimitsModule],
  controllers: [AuthController, JwksController, OwnSessionsController, UserSessionsController],
  providers: [
    PersonalDataModule.of('sessions', {
      fields: `id, kind, device_id as "deviceId", device, address, created_at as "createdAt",
               last_used_at as "lastUsedAt", idle_expires_at as "idleExpiresAt",
               expires_at as "expiresAt", revoked_at as "revokedAt"`,
      from: 'sessions where user_id = $1',
      key: { id: 'uuid' },
    }),
    RegistrationService,
    SessionOpener,
    SignInService,
    RefreshService,
    SignedInAnswers,
    SignInMarks,
    SignInMarksRepository,
    OpaqueTokens,
    PasswordCheck,
    EndedSessionsRepository,
    SessionsRepository,
    RotatedTokensRepository,
    SessionsService,
    UserSessionsRepository,
    SigningKeyRotation,
    SigningKeys,
    SigningKeysTasks,
    { provide: LiveSessions, useExisting: SessionsRepository },
    { provide: VerificationKeys, useExisting: SigningKeys },
  ],
  exports: [SessionOpener, SignInMarks, LiveSessions, VerificationKeys, SessionsService],
})
export class SessionsModule {}
