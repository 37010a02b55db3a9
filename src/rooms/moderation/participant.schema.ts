import { z } from 'zod';
import { pageOf, pageQuery } from '../../platform/http/paging.js';
import { Id, openEnum, Timestamp } from '../../platform/http/schema.js';
import { ROOM_ROLES } from '../room-role.js';
import { RoomPath } from '../settings/room.schema.js';

export const ParticipantPath = RoomPath.extend({ userId: Id.describe('The id of the user.') });
export type ParticipantPath = z.infer<typeof ParticipantPath>;

export const ListParticipants = z.strictObject(pageQuery);
export type ListParticipants = z.infer<typeof ListParticipants>;

export const KickParticipant = z.strictObject({
  rekey: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(
      'Moves everyone else to a new token. The user gets the new token too if they join again: ban them to prevent that. A room is re-keyed at most once in 10 seconds, so the move can be delayed. If CAS returns no token, the answer is 503: the kick is in force, but nobody has moved, so send `POST …/rekey`.',
    ),
});
export type KickParticipant = z.infer<typeof KickParticipant>;

const forHosts = 'For hosts and administrators only.';

export const ParticipantView = z
  .object({
    id: z
      .uuid()
      .describe(
        'The id of the seat: a phone and a TV of the same person are two participants. To kick or ban a person, use `userId`.',
      ),
    displayName: z.string(),
    role: openEnum(ROOM_ROLES),
    userId: z.uuid().optional().describe(forHosts),
    joinedAt: Timestamp.optional().describe(`The first join with this seat. ${forHosts}`),
    seenAt: Timestamp.optional().describe(
      `The time of the last join or heartbeat; an open feed counts as heartbeats. ${forHosts}`,
    ),
    generation: z
      .int()
      .nullable()
      .optional()
      .describe(`The generation of the last token that the seat got. ${forHosts}`),
  })
  .meta({ id: 'Participant' });
export type ParticipantView = z.input<typeof ParticipantView>;

export const ParticipantList = pageOf(ParticipantView).meta({ id: 'ParticipantList' });
