import type { AccessLevel } from '../../src/platform/access/access.decorator.js';
import { PasswordChangeRequired } from '../../src/platform/access/access.problems.js';
import type { ProblemKind } from '../../src/platform/http/problem.js';
import * as problems from '../../src/platform/http/problems.js';
import { REFUSAL } from '../../src/platform/http/refuses.js';

/**
 * The parts of a route that the rules depend on; extensions contain what the handler declares
 * itself.
 */
export interface Refusing {
  readonly method: string;
  readonly access: AccessLevel;
  readonly isOpenToGuests: boolean;
  readonly hasPathParameter: boolean;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const { InvalidRequest, MalformedJson, PayloadTooLarge, UnsupportedMediaType } = problems;

/** Problems without a route: unsupported methods, and input that is not a valid request. */
export const ROUTELESS: readonly ProblemKind[] = [
  problems.MethodNotAllowed,
  problems.RequestTimeout,
];

/** Returns the problems that a route can answer, both by rule and by its own declaration. */
export function refusalsOf(route: Refusing): ProblemKind[] {
  const { method, access, isOpenToGuests, hasPathParameter, extensions } = route;
  const isOpen = access === 'anyone';
  // Fastify reads the body for every other method, even if the handler ignores it.
  const readsBody = method !== 'get';
  const needsDatabase = !isOpen || readsBody;
  // Routes that anyone may read are never limited.
  const isLimited = !isOpen || readsBody;
  const byRule: ProblemKind[] = [
    InvalidRequest,
    ...(readsBody ? [MalformedJson, PayloadTooLarge, UnsupportedMediaType] : []),
    ...(isOpen ? [] : [problems.Unauthenticated]),
    ...(isOpen || extensions['x-with-temporary-password'] === true ? [] : [PasswordChangeRequired]),
    ...(isOpen || isOpenToGuests ? [] : [problems.Forbidden]),
    ...(hasPathParameter ? [problems.NotFound] : []),
    ...(isLimited ? [problems.RateLimited] : []),
    problems.HeadersTooLarge,
    problems.InternalError,
    ...(needsDatabase ? [problems.DatabaseUnavailable, problems.Overloaded] : []),
  ];
  const stated = Object.entries(extensions)
    .filter(([name]) => name.startsWith(REFUSAL))
    .map(([, kind]) => kind as ProblemKind);
  const byCode = new Map([...byRule, ...stated].map((kind) => [kind.code, kind]));
  return [...byCode.values()].sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
}
