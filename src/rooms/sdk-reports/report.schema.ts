import { z } from 'zod';
import { Generation, openEnum, wholeNumber } from '../../platform/http/schema.js';
import { ACTIONS } from './sdk-errors.js';

export const Report = z
  .strictObject({
    sdkCode: wholeNumber(-9_999, 9_999).describe('The code of the error, as the SDK reports it.'),
    generation: Generation.describe('The generation of the token that the app connected with.'),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;

export const AdviceView = z
  .object({
    action: openEnum(ACTIONS, 'The next step for the app.'),
    retryAfter: z.int().optional().describe('Seconds to wait before the next step.'),
    detail: z.string().describe('The meaning of the error, for developers.'),
  })
  .meta({ id: 'Advice' });
export type AdviceView = z.input<typeof AdviceView>;
