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
    fingerprint: z.string(),
    startedAt: Timestamp,
    endedAt: Timestamp.nullable().describe('When it was handed out no longer; null: it still is.'),
    reason: openEnum(['expired', 'rekey'], 'Why it ended.').nullable(),
  })
  .meta({ id: 'Generation' });
export type GenerationView = z.input<typeof GenerationView>;

export const GenerationList = pageOf(GenerationView).meta({ id: 'GenerationList' });
