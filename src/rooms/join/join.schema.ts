import { z } from 'zod';
import { InviteCode } from '../entry/invite.schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { Code, Name, openEnum, SERVER_TIME, Timestamp } from '../../platform/http/schema.js';

export const Join = z
  .strictObject({
    displayName: Name.optional().describe(
      'The name to show in the room; left out: the name of the account. A taken name gets a number.',
    ),
    newName: z
      .boolean()
      .default(false)
      .describe('Asks for another name, after the SDK has reported error 104.'),
    accessCode: Code.optional().describe(
      'The access code of the room, if it has a code (`hasAccessCode`).',
    ),
    inviteCode: InviteCode.optional().describe('The code of an invite, on the first join.'),
  })
  .meta({ id: 'Join' });
export type Join = z.infer<typeof Join>;

export const JoinGrant = z
  .object({
    room: z.object({ id: z.uuid(), slug: z.string().nullable(), name: z.string() }),
    participant: z.object({
      id: z.uuid().describe('The id of the seat. To kick or ban a person, use the id of the user.'),
      displayName: z.string().describe('The name to pass to the SDK.'),
      role: openEnum(ROOM_ROLES),
    }),
    token: z.string().describe('The CAS token, with which the app connects to Watch Together.'),
    generation: z.int().describe('The number of the token: 1, 2, 3 and so on.'),
    fingerprint: z
      .string()
      .describe(
        'A short hash of the token, safe to read out loud: equal for everyone who has the same token.',
      ),
    expiresAt: Timestamp.describe('The end of the token.'),
    refreshAfter: Timestamp.describe(
      'The time to join again, for apps without the feed. It is `TOKEN_MARGIN` (30 s) before `expiresAt`, or at half of the life of the token if that is later. If the token has no usable `exp`, it equals `expiresAt`.',
    ),
    serverTime: Timestamp.describe(SERVER_TIME),
    lastEventId: z
      .string()
      .describe(
        'The id of the newest event of the room. Send it as `after` or `Last-Event-ID` when you open the feed.',
      ),
  })
  .meta({ id: 'JoinGrant' });
export type JoinGrant = z.input<typeof JoinGrant>;

export const Heartbeat = z
  .object({
    generation: z
      .int()
      .describe('The generation of the room. Join again if it differs from yours.'),
    refreshAfter: Timestamp.describe(
      'The time to join again: wait `refreshAfter` − `serverTime` from the arrival of this answer, or join at once if `refreshAfter` is not later than `serverTime`.',
    ),
    serverTime: Timestamp.describe(SERVER_TIME),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.input<typeof Heartbeat>;
