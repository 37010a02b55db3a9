import { z } from 'zod';
import { pageOf, pageQueryOf } from '../../platform/http/paging.js';
import { openEnum, Timestamp } from '../../platform/http/schema.js';

/** A generation as the id of an item; within the range of a Postgres integer. */
const NUMBER = /^[1-9]\d{0,8}$/;

export const ListGenerations = z.strictObject(pageQueryOf(NUMBER));
export type ListGenerations = z.infer<typeof ListGenerations>;

export const GenerationView = z
  .object({
    generation: z.int(),
    fingerprint: z.string().describe('A short hash of the token, safe to read out loud.'),
    startedAt: Timestamp,
    endedAt: Timestamp.nullable().describe(
      'The time at which Latchkey stopped giving out this token; null: it still gives it out.',
    ),
    reason: openEnum(
      ['expired', 'rekey'],
      'Why the generation ended; null: it has not ended. `expired`: the token expired or was about to; `rekey`: a re-key.',
    ).nullable(),
  })
  .meta({ id: 'Generation' });
export type GenerationView = z.input<typeof GenerationView>;

export const GenerationList = pageOf(GenerationView).meta({ id: 'GenerationList' });
