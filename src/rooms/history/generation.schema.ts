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
      'The time after which no join got this token; null: joins still get it.',
    ),
    reason: openEnum(['expired', 'rekey'], 'The reason of its end.').nullable(),
  })
  .meta({ id: 'Generation' });
export type GenerationView = z.input<typeof GenerationView>;

export const GenerationList = pageOf(GenerationView).meta({ id: 'GenerationList' });
