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
    requestId: z.uuid().describe('The id of the request in the log of the server.'),
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
    opensAt: Timestamp.optional().describe('The time at which the room opens.'),
    bannedUntil: Timestamp.nullable().optional().describe('The end of the ban; null: for good.'),
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

function exampleOf({ status, code, usual: example }: ProblemKind) {
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
function descriptionOf(kinds: readonly ProblemKind[], sentence: 'usual' | 'example'): string {
  return kinds.map((kind) => `\`${kind.code}\`: ${kind[sentence].detail}`).join('\n\n');
}

/** @param kinds one for each code */
function responseOf(status: number, kinds: readonly ProblemKind[]): Response {
  const headers = HEADERS[status];
  const codes = kinds.map(({ code }) => code);
  return {
    description: descriptionOf(kinds, 'usual'),
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

/** Names a component: `RoomFull` for `room_full`; several names are joined with “Or”. */
function nameOf(kinds: readonly ProblemKind[]): string {
  return kinds
    .map(({ code }) =>
      titleOf(code).replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase()),
    )
    .join('Or');
}

/**
 * The answers for these problems, by status: a component for each combination of codes, which is
 * added to `shared`, because most routes refuse for the same reasons. Beside the reference stands a
 * description only where the route has sentences of its own (OpenAPI 3.1, Reference Object).
 */
export function answersFor(kinds: Iterable<ProblemKind>, shared: Responses): Responses {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of kinds) byStatus.set(kind.status, [...(byStatus.get(kind.status) ?? []), kind]);
  const answers: Responses = {};
  for (const [status, same] of byStatus) {
    const codes = [...new Map(same.map((kind) => [kind.code, kind])).values()];
    const name = nameOf(codes);
    const component = (shared[name] ??= responseOf(status, codes)) as { description?: string };
    const description = descriptionOf(same, 'example');
    answers[status] = {
      $ref: `#/components/responses/${name}`,
      ...(description !== component.description && { description }),
    };
  }
  return answers;
}
