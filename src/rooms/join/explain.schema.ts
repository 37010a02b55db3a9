import { z } from 'zod';
import { ENTRY_RULES, type EntryRule } from '../entry/entry.policy.js';
import { Id, openEnum } from '../../platform/http/schema.js';

const rules = ['account', ...(Object.keys(ENTRY_RULES) as EntryRule[])] as const;

export const Explain = z.strictObject({ userId: Id.describe('The id of the user.') });
export type Explain = z.infer<typeof Explain>;

export const ExplanationView = z
  .object({
    admitted: z.boolean().describe('Whether a join would succeed now.'),
    rules: z.array(
      z.object({
        rule: openEnum(rules),
        verdict: openEnum(['pass', 'fail', 'not_applicable']),
        detail: z.string().describe('The reason for the verdict.'),
      }),
    ),
  })
  .meta({ id: 'Explanation' });
export type ExplanationView = z.input<typeof ExplanationView>;
