import { z } from 'zod';
import { ACTIONS } from './sdk-errors.js';

export const Report = z
  .strictObject({
    sdkCode: z.int().min(-9_999).max(9_999).describe('The code that the SDK gave the app.'),
    generation: z.int().min(1).describe('Of the token that the app was connected with.'),
  })
  .meta({ id: 'Report' });
export type Report = z.infer<typeof Report>;

export const AdviceView = z
  .object({
    action: z.enum(ACTIONS),
    retryAfter: z.int().optional().describe('Seconds to wait before.'),
    detail: z.string(),
  })
  .meta({ id: 'Advice' });
export type AdviceView = z.input<typeof AdviceView>;
