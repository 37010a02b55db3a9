import { Module } from '@nestjs/common';
import { type BearerForm, BearerForms } from '../platform/access/bearer-form.ports.js';
import { ApiKeyTokens } from './api-keys/api-key-tokens.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { IssuersModule } from './issuers/issuers.module.js';
import { IssuerTokens } from './issuers/issuer-tokens.js';
import { ParticipantTokens } from './participants/participant-tokens.service.js';
import { ParticipantsModule } from './participants/participants.module.js';

/** The forms of bearer tokens besides our own, in the order in which they are tried. */
const FORMS = [ApiKeyTokens, ParticipantTokens, IssuerTokens];

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
  imports: [ApiKeysModule, ParticipantsModule, IssuersModule],
  providers: [{ provide: BearerForms, useFactory: registryOf, inject: FORMS }],
  exports: [BearerForms],
})
export class BearerFormsModule {}
