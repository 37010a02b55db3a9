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

const MEANINGS = [
  '`retry`: after `retryAfter`, repeat the step that failed (connect or subscribe) with the same token.',
  '`rejoin`: join, and connect with the token of the answer.',
  '`rejoin_with_new_name`: join with `newName: true`, and connect with the new name.',
  '`join_as_viewer`: connect as a viewer, because the session has no room for another streaming participant.',
  '`fix_client`: the app has a fault; do not repeat the call.',
  '`ask_user`: ask for the permission to use microphone and camera.',
  '`ignore`: do nothing.',
].join(' ');

export const AdviceView = z
  .object({
    action: openEnum(ACTIONS, `The next step for the app. ${MEANINGS}`),
    retryAfter: z.int().optional().describe('Seconds to wait before the next step.'),
    detail: z.string().describe('The meaning of the error, for developers.'),
  })
  .meta({ id: 'Advice' });
export type AdviceView = z.input<typeof AdviceView>;
