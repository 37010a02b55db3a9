import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { LimitsModule } from '../../platform/limits/limits.module.js';
import { OutboundModule } from '../../platform/outbound/outbound.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ExplainTokensService } from './explain-tokens.service.js';
import { IssuerSessionsRepository } from './issuer-sessions.repository.js';
import { IssuerSessions } from './issuer-sessions.service.js';
import { IssuerTokens } from './issuer-tokens.js';
import { IssuersController } from './issuers.controller.js';
import { Issuers } from './issuers.js';
import { IssuersService } from './issuers.service.js';
import { SessionNames } from './session-names.js';

@Module({
  imports: [AccountsModule, SessionsModule, AuditModule, LimitsModule, OutboundModule],
  controllers: [IssuersController],
  providers: [
    Issuers,
    IssuersService,
    IssuerTokens,
    IssuerSessions,
    IssuerSessionsRepository,
    SessionNames,
    ExplainTokensService,
  ],
  exports: [IssuerTokens, IssuersService],
})
export class IssuersModule {}
