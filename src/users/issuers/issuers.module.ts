import { Module } from '@nestjs/common';
import { type BearerForm, BearerForms } from '../../platform/access/bearer-form.ports.js';
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

/** The forms of bearer tokens, in the order in which they are tried. */
const FORMS = [IssuerTokens];

function registryOf(...forms: BearerForm[]): BearerForms {
  return {
    formOf: (token) => forms.find((form) => form.isFormOf(token)),
    knownUserOf: (token) => {
      for (const form of forms) {
        const userId = form.knownUserOf(token);
        if (userId !== undefined) return userId;
      }
      return undefined;
    },
  };
}

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
    { provide: BearerForms, useFactory: registryOf, inject: FORMS },
  ],
  exports: [BearerForms, IssuersService],
})
export class IssuersModule {}
