import { z } from 'zod';
import { InviteCode } from '../entry/invite.schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { Code, Name, openEnum, Timestamp } from '../../platform/http/schema.js';

export const Join = z
  .strictObject({
    displayName: Name.optional(),
    newName: z.boolean().default(false),
    accessCode: Code.optional(),
    inviteCode: InviteCode.optional(),
  })
  .meta({ id: 'Join' });
export type Join = z.infer<typeof Join>;

export const JoinGrant = z
  .object({
    room: z.object({ id: z.uuid(), slug: z.string().nullable(), name: z.string() }),
    participant: z.object({
      id: z.uuid(),
      displayName: z.string(),
      role: openEnum(ROOM_ROLES),
    }),
    token: z.string(),
    generation: z.int(),
    fingerprint: z.string(),
    expiresAt: Timestamp,
    refreshAfter: Timestamp,
    serverTime: Timestamp,
    lastEventId: z.string(),
  })
  .meta({ id: 'JoinGrant' });
export type JoinGrant = z.input<typeof JoinGrant>;

export const Heartbeat = z
  .object({ generation: z.int(), refreshAfter: Timestamp, serverTime: Timestamp })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.input<typeof Heartbeat>;
