import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { type ProblemKind, titleOf } from '../../src/platform/http/problem.js';
import { Timestamp } from '../../src/platform/http/schema.js';

export type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;
type Response = Responses[string];

const detail = z.string();

/** The body of every refusal (RFC 9457). */
export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: detail.describe('The cause and the next step, for people; the text may change.'),
    code: z.string().describe('The kind of the problem, for programs; it never changes.'),
    requestId: z.uuid().describe('The id of the request, which the log of the server contains.'),
    errors: z
      .array(
        z.union([
          z.object({ pointer: z.string(), detail }),
          z.object({ parameter: z.string(), detail }),
        ]),
      )
      .optional()
      .describe('Every fault of the request, with its place.'),
    retryAfter: z.int().optional().describe('Seconds to wait before the next attempt.'),
    reason: z
      .string()
      .optional()
      .describe('Why the token was refused, such as `expired`; other values can be added.'),
    opensAt: Timestamp.optional().describe('The time at which the room opens.'),
    bannedUntil: Timestamp.nullable()
      .optional()
      .describe('The end of the ban; null: the ban has no end.'),
  })
  .meta({
    id: 'Problem',
    description: 'The body of every refusal (RFC 9457).',
  });

const header = (name: string, description: string, type: 'string' | 'integer') => ({
  [name]: { description, schema: { type } },
});
const RETRY_AFTER = header('Retry-After', 'Seconds to wait.', 'integer');

const HEADERS: Readonly<Record<number, ReturnType<typeof header>>> = {
  401: header('WWW-Authenticate', 'The scheme to sign in with.', 'string'),
  405: header('Allow', 'The methods that this path answers to.', 'string'),
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

function exampleOf({ status, code, example }: ProblemKind) {
  return {
    type: `urn:latchkey:problem:${code}`,
    title: titleOf(code),
    status,
    detail: example.detail,
    code,
    requestId: '8d2b5a52-2f0b-4a43-9e0e-6c1f3f0c7a11',
    ...(JSON.parse(JSON.stringify(example)) as object),
  };
}

/** A line for each case, with its code. */
function descriptionOf(kinds: readonly ProblemKind[]): string {
  return kinds.map(({ code, example }) => `\`${code}\`: ${example.detail}`).join('\n\n');
}

/** @param kinds the cases of a status; a code with several cases has the example of its last case */
function responseOf(status: number, kinds: readonly ProblemKind[]): Response {
  const headers = HEADERS[status];
  const codes = [...new Set(kinds.map(({ code }) => code))];
  return {
    description: descriptionOf(kinds),
    ...(headers && { headers }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                code: { type: 'string', enum: codes },
                status: { type: 'integer', enum: [status] },
              },
              required: ['code', 'status'],
            },
          ],
        },
        examples: Object.fromEntries(
          kinds.map((kind) => [kind.code, { summary: titleOf(kind.code), value: exampleOf(kind) }]),
        ),
      },
    },
  };
}

/** Names a component by its cases: `RoomFull`; several names are joined with “Or”. */
function nameOf(kinds: readonly ProblemKind[]): string {
  return kinds.map(({ name }) => name).join('Or');
}

/**
 * The answers for these problems, by status: a component for each combination of cases, which is
 * added to `shared`, because most routes refuse for the same reasons.
 */
export function answersFor(kinds: Iterable<ProblemKind>, shared: Responses): Responses {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of kinds) byStatus.set(kind.status, [...(byStatus.get(kind.status) ?? []), kind]);
  const answers: Responses = {};
  for (const [status, same] of byStatus) {
    const name = nameOf(same);
    shared[name] ??= responseOf(status, same);
    answers[status] = { $ref: `#/components/responses/${name}` };
  }
  return answers;
}
