import { z } from 'zod';
import { Generation, openEnum, wholeNumber } from '../../platform/http/schema.js';
import { ACTIONS } from './sdk-errors.js';

export const Report = z
  .strictObject({
    sdkCode: wholeNumber(-9_999, 9_999).describe('The code that the SDK gave the app.'),
    generation: Generation.describe('Of the token that the app was connected with.'),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;

export const AdviceView = z
  .object({
    action: openEnum(ACTIONS),
    retryAfter: z.int().optional().describe('Seconds to wait before.'),
    detail: z.string(),
  })
  .meta({ id: 'Advice' });
export type AdviceView = z.input<typeof AdviceView>;
