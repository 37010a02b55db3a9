import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, openEnum, Timestamp } from '../../platform/http/schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { RoomPath } from '../settings/room.schema.js';

export const ParticipantPath = RoomPath.extend({ userId: Id });
export type ParticipantPath = z.infer<typeof ParticipantPath>;

export const ListParticipants = z.strictObject(pageQuery);
export type ListParticipants = z.infer<typeof ListParticipants>;

export const KickParticipant = z.strictObject({
  rekey: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(
      'Gives everybody else a new token; within 10 s of another re-key, at the end of these 10 s.',
    ),
});
export type KickParticipant = z.infer<typeof KickParticipant>;

const forHosts = 'For admins and hosts only.';

export const ParticipantView = z
  .object({
    id: z.uuid().describe('Of the seat: a phone and a TV of one person are two participants.'),
    displayName: z.string(),
    role: openEnum(ROOM_ROLES),
    userId: z.uuid().optional().describe(forHosts),
    joinedAt: Timestamp.optional().describe(forHosts),
    seenAt: Timestamp.optional().describe(forHosts),
    generation: z.int().nullable().optional().describe(`Handed out last. ${forHosts}`),
  })
  .meta({ id: 'Participant' });
export type ParticipantView = z.input<typeof ParticipantView>;

export const ParticipantList = pageOf(ParticipantView).meta({ id: 'ParticipantList' });
