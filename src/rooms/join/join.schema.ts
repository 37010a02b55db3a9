import { z } from 'zod';
import { InviteCode } from '../entry/invite.schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { Code, Name, openEnum, Timestamp } from '../../platform/http/schema.js';

export const Join = z
  .strictObject({
    displayName: Name.optional().describe(
      'The name to show in the room; left out: the name of the account. A taken name gets a number.',
    ),
    newName: z
      .boolean()
      .default(false)
      .describe('Asks for another name, after the SDK has reported error 104.'),
    accessCode: Code.optional().describe('The access code of the room, where it asks for a code.'),
    inviteCode: InviteCode.optional().describe('The code of an invite, on the first join.'),
  })
  .meta({ id: 'Join' });
export type Join = z.infer<typeof Join>;

export const JoinGrant = z
  .object({
    room: z.object({ id: z.uuid(), slug: z.string().nullable(), name: z.string() }),
    participant: z.object({
      id: z.uuid().describe('The id of the seat.'),
      displayName: z.string().describe('The name to pass to the SDK.'),
      role: openEnum(ROOM_ROLES),
    }),
    token: z.string().describe('The CAS token, with which the app connects to Watch Together.'),
    generation: z.int().describe('The number of the token: 1, 2, 3 and so on.'),
    fingerprint: z
      .string()
      .describe(
        'A short hash of the token, safe to read out loud: equal for everyone in the room.',
      ),
    expiresAt: Timestamp.describe('The end of the token.'),
    refreshAfter: Timestamp.describe('The time to join again.'),
    serverTime: Timestamp.describe('The time of the server, for the offset of the own clock.'),
    lastEventId: z.string().describe('The event to follow the feed from: its `after`.'),
  })
  .meta({ id: 'JoinGrant' });
export type JoinGrant = z.input<typeof JoinGrant>;

export const Heartbeat = z
  .object({
    generation: z.int().describe('The generation of the room: join again if yours is another.'),
    refreshAfter: Timestamp.describe('The time to join again.'),
    serverTime: Timestamp,
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.input<typeof Heartbeat>;
