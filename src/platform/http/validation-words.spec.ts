import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inWords } from './validation-words.js';

function wordsFor(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value, { error: inWords });
  return error?.issues[0]?.message ?? 'nothing is wrong';
}

const longText = 'x'.repeat(9);
const CASES: [z.ZodType, unknown, string][] = [
  [z.string(), undefined, 'is required'],
  [z.enum(['a', 'b']), undefined, 'is required'],
  [z.uuid(), undefined, 'is required'],
  [z.union([z.string(), z.number()]), undefined, 'is required'],
  [z.string(), 1, 'must be a text'],
  [z.string(), null, 'must be a text'],
  [z.number(), 'x', 'must be a number'],
  [z.coerce.number(), 'x', 'must be a number'],
  [z.int(), 0.5, 'must be a whole number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.strictObject({}), [], 'must be an object'],
  [z.record(z.string(), z.unknown()), 'x', 'must be an object'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().min(12), 'short', 'must have at least 12 characters'],
  [z.string().max(8), longText, 'must have at most 8 characters'],
  [z.string().max(1), longText, 'must have at most 1 character'],
  [z.array(z.string()).min(2), ['a'], 'must have at least 2 entries'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entry'],
  [z.number().min(3), 2, 'must be at least 3'],
  [z.number().max(3), 4, 'must be at most 3'],
  [z.number().multipleOf(5), 4, 'must be a multiple of 5'],
  [z.enum(['open', 'closed']), 'ajar', 'must be one of open, closed'],
  [z.literal('on'), 'off', 'must be on'],
  [z.uuid(), 'ada', 'must be a UUID such as 019aa3f2-7c1e-7d3a-9b58-3f1f0e6a2c44'],
  [z.iso.datetime(), 'ada', 'must be an RFC 3339 time such as 2026-05-30T18:00:00Z'],
  [z.union([z.string(), z.boolean()]), 1, 'must be a text or must be true or false'],
  [z.strictObject({}), { a: 1 }, 'is not known here: check its name, or leave it out'],
  [z.string().regex(/^a$/), 'b', 'is not as the reference describes it'],
  [z.string().refine(() => false), 'b', 'is not as the reference describes it'],
  [z.record(z.string().min(2), z.string()), { a: 'b' }, 'has a name that is not allowed'],
];

describe('the messages of the validator', () => {
  it.each(CASES)(
    'the message for a violated rule is plain English, case %#',
    (schema, value, words) => {
      expect(wordsFor(schema, value)).toBe(words);
    },
  );

  it('the message of a schema takes precedence', () => {
    expect(wordsFor(z.string('must be a slug'), 1)).toBe('must be a slug');
  });
});
