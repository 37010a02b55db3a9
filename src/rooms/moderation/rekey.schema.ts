import { z } from 'zod';
import { Generation, openEnum, trimmedText } from '../../platform/http/schema.js';
import { ROOM_ROLES } from '../room-role.js';

/** The reason of an action, for people who read it later. */
export const Reason = trimmedText(200).min(1);

export const RekeyRoom = z
  .strictObject({
    reason: Reason.describe('The reason, which the audit trail keeps.'),
    generation: Generation.optional().describe(
      'The generation that you want to end; the request is refused if the room has another generation. Left out: the current generation.',
    ),
    dryRun: z
      .boolean()
      .default(false)
      .describe(
        'Returns the people who would move, and changes nothing. It does not count for the pause of 10 seconds between re-keys.',
      ),
  })
  .meta({ id: 'RekeyRoom' });
export type RekeyRoom = z.infer<typeof RekeyRoom>;

export const RekeyView = z
  .object({
    generation: Generation.describe(
      'The new generation; in a dry run, the generation that would end.',
    ),
    moves: z
      .array(
        z.object({
          userId: z.uuid(),
          displayName: z.string(),
          role: openEnum(ROOM_ROLES),
        }),
      )
      .describe('The people who have to join again, by seat.'),
  })
  .meta({ id: 'Rekey' });
export type RekeyView = z.input<typeof RekeyView>;
