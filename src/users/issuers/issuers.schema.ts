import { z } from 'zod';
import { openEnum, Timestamp } from '../../platform/http/schema.js';

const IssuerView = z
  .object({
    name: z.string().describe('The name in `TRUSTED_ISSUERS`.'),
    issuer: z.string().describe('The claim `iss` of its tokens.'),
    works: z
      .boolean()
      .nullable()
      .describe('Whether this replica could load the keys the last time; null before the first.'),
    detail: z.string().nullable().describe('Why the keys could not be loaded.'),
    keysLoadedAt: Timestamp.nullable().describe('The last time at which keys were loaded.'),
  })
  .meta({ id: 'Issuer' });
export type IssuerView = z.input<typeof IssuerView>;

export const IssuerList = z.object({ items: z.array(IssuerView) }).meta({ id: 'IssuerList' });
export type IssuerList = z.input<typeof IssuerList>;

export const ExplainToken = z
  .strictObject({
    token: z
      .string()
      .max(16_384)
      .describe('The text that the app sends as `Authorization: Bearer …`.'),
  })
  .meta({ id: 'ExplainToken' });
export type ExplainToken = z.infer<typeof ExplainToken>;

/** The checks of a token, in their order. */
export const CHECKS = [
  'form',
  'algorithm',
  'issuer',
  'key',
  'signature',
  'claims',
  'audience',
  'binding',
  'times',
  'session',
  'account',
] as const;

export const TokenExplanation = z
  .object({
    accepted: z.boolean(),
    checks: z.array(
      z.object({
        check: openEnum(CHECKS),
        verdict: openEnum(
          ['passed', 'failed', 'skipped'],
          'Checks after a failed check are `skipped`.',
        ),
        detail: z.string().nullable().describe('Why the check failed, and what to do.'),
      }),
    ),
    subject: z
      .string()
      .nullable()
      .describe('The claim `sub`; null if a check before `times` failed.'),
    displayName: z.string().nullable().describe('The name that the token claims.'),
    role: z
      .string()
      .nullable()
      .describe('The role that the token claims; null if roles are managed here.'),
  })
  .meta({ id: 'TokenExplanation' });
export type TokenExplanation = z.input<typeof TokenExplanation>;
