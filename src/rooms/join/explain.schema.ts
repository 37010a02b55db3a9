import { z } from 'zod';
import { ENTRY_RULES, type EntryRule } from '../entry/entry.policy.js';
import { Id, openEnum } from '../../platform/http/schema.js';

const rules = ['account', ...(Object.keys(ENTRY_RULES) as EntryRule[])] as const;

export const Explain = z.strictObject({ userId: Id.describe('The id of the user.') });
export type Explain = z.infer<typeof Explain>;

export const ExplanationView = z
  .object({
    admitted: z
      .boolean()
      .describe(
        'Whether the rules of the room would admit the user now, without `inviteCode` and `accessCode`. Not checked: whether the user has to change a temporary password first, and whether CAS returns a token.',
      ),
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
