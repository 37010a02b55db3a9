import { z } from 'zod';
import { Generation, openEnum, trimmedText } from '../../platform/http/schema.js';
import { ROOM_ROLES } from '../room-role.js';

/** The reason of an action, for people who read it later. */
export const Reason = trimmedText(200).min(1);

export const RekeyRoom = z
  .strictObject({
    reason: Reason.describe('Kept in the audit trail.'),
    generation: Generation.optional().describe(
      'The one that shall end, as the caller has seen it; the present one if left out.',
    ),
    dryRun: z
      .boolean()
      .default(false)
      .describe('Only tells what would be done; neither refused by the pause nor counted for it.'),
  })
  .meta({ id: 'RekeyRoom' });
export type RekeyRoom = z.infer<typeof RekeyRoom>;

export const RekeyView = z
  .object({
    generation: Generation.describe('The new one; of a dry run: the one that would end.'),
    moves: z
      .array(
        z.object({
          userId: z.uuid(),
          displayName: z.string(),
          role: openEnum(ROOM_ROLES),
        }),
      )
      .describe('Who has to join again, by seat.'),
  })
  .meta({ id: 'Rekey' });
export type RekeyView = z.input<typeof RekeyView>;
