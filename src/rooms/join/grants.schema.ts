import { z } from 'zod';
import { ExternalId, Issuer } from '../../users/accounts/external-identity.js';
import { Code, DeviceName, Name, Timestamp, wholeNumber } from '../../platform/http/schema.js';
import { MemberRole } from '../entry/member.schema.js';
import { JoinGrant } from './join.schema.js';

const LEAST_SECONDS = 60;
const MOST_SECONDS = 86_400;
const DEFAULT_SECONDS = 43_200;

export const CreateGrant = z
  .strictObject({
    externalId: ExternalId.describe('The id of the person in your own system.'),
    issuer: Issuer.optional().describe(
      'The system to which `externalId` belongs: an issuer of `GET /v1/issuers`, for a person who also signs in there. Left out: the namespace of the API key.',
    ),
    device: DeviceName.optional().describe(
      'A name of the device. A person with two devices needs two names; otherwise both would share a seat.',
    ),
    displayName: Name.describe('The name to show in the room. A taken name gets a number.'),
    role: MemberRole.optional().describe(
      'Makes the person a member of the room with this role; requires the scope `rooms:write` too.',
    ),
    accessCode: Code.optional().describe(
      'The access code of the room, if it has a code (`hasAccessCode`).',
    ),
    expiresInSeconds: wholeNumber(LEAST_SECONDS, MOST_SECONDS)
      .default(DEFAULT_SECONDS)
      .describe(
        'The life of the participant token. A repeated grant may extend it, and never shortens it.',
      ),
  })
  .meta({ id: 'CreateGrant' });
export type CreateGrant = z.infer<typeof CreateGrant>;

export const ParticipantGrant = JoinGrant.extend({
  participantToken: z
    .string()
    .describe('The only credential of the app, for this room: send it as the bearer token.'),
  participantTokenExpiresAt: Timestamp.describe('The end of the participant token.'),
}).meta({ id: 'ParticipantGrant' });
export type ParticipantGrant = z.input<typeof ParticipantGrant>;
