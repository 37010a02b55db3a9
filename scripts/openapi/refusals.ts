import type { AccessLevel } from '../../src/platform/access/access.decorator.js';
import {
  AdminsOnly,
  ClosedToGuests,
  InsufficientScope,
  KeysOnly,
  PasswordChangeRequired,
} from '../../src/platform/access/access.problems.js';
import type { ProblemKind } from '../../src/platform/http/problem.js';
import * as problems from '../../src/platform/http/problems.js';
import { REFUSAL } from '../../src/platform/http/refuses.js';
import { AccountDisabled, AccountPending } from '../../src/users/sessions/auth.problems.js';
import {
  IssuerUnavailable,
  UsersAddedBeforehand,
} from '../../src/users/issuers/issuers.problems.js';

/** The facts that the rules look at; the extensions hold the problems that the handler states. */
export interface Refusing {
  readonly method: string;
  readonly access: AccessLevel;
  readonly isOpenToGuests: boolean;
  readonly pathParameters: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

const { InvalidRequest, MalformedJson, PayloadTooLarge, UnsupportedMediaType } = problems;

/** Problems of no route: a method that the path does not answer, and a request that never arrived. */
export const ROUTELESS: readonly ProblemKind[] = [
  problems.MethodNotAllowed,
  problems.RequestTimeout,
];

/** The guard answers them too, because a token of an issuer stands for an account. */
const OF_ISSUERS: readonly ProblemKind[] = [
  AccountPending,
  AccountDisabled,
  UsersAddedBeforehand,
  IssuerUnavailable,
];

/** The sentence that the guard, or the room's own policy, answers on a level. */
const FORBIDDEN: Readonly<Record<Exclude<AccessLevel, 'anyone'>, ProblemKind>> = {
  'signed-in': ClosedToGuests,
  room: ClosedToGuests,
  host: problems.Forbidden,
  admin: AdminsOnly,
  key: KeysOnly,
};

function statedBy(extensions: Refusing['extensions']): ProblemKind[] {
  return Object.entries(extensions)
    .filter(([name]) => name.startsWith(REFUSAL))
    .map(([, kind]) => kind as ProblemKind);
}

/** Whether the handler states a case of the problem, which replaces the general sentence. */
function states({ code }: ProblemKind, stated: readonly ProblemKind[]): boolean {
  return stated.some((kind) => kind.code === code);
}

/** The problems of a path that names something; of what is not a room, the handler states them. */
function missingIn(path: readonly string[], stated: readonly ProblemKind[]): ProblemKind[] {
  if (path.includes('room')) return [problems.NoSuchRoom];
  return path.length > 0 && !states(problems.NotFound, stated) ? [problems.NotFound] : [];
}

const inOrder = (a: string, b: string) => Number(a > b) - Number(a < b);

/**
 * The problems that a route can answer, by rule, and those that it states, in the order of statuses
 * and codes. A code that has several cases at the route appears once for each.
 */
export function refusalsOf(route: Refusing): ProblemKind[] {
  const { method, access, isOpenToGuests, pathParameters, extensions } = route;
  const isOpen = access === 'anyone';
  // Fastify reads the body for every other method, even if the handler ignores it.
  const readsBody = method !== 'get';
  const needsDatabase = !isOpen || readsBody;
  // Reads that are open to anyone are never limited.
  const isLimited = !isOpen || readsBody;
  const stated = statedBy(extensions);
  const byRule: ProblemKind[] = [
    InvalidRequest,
    ...(readsBody ? [MalformedJson, UnsupportedMediaType] : []),
    ...(readsBody && !states(PayloadTooLarge, stated) ? [PayloadTooLarge] : []),
    ...(isOpen ? [] : [problems.Unauthenticated, InsufficientScope, ...OF_ISSUERS]),
    ...(isOpen || extensions['x-with-temporary-password'] === true ? [] : [PasswordChangeRequired]),
    ...(isOpen || isOpenToGuests ? [] : [FORBIDDEN[access]]),
    ...missingIn(pathParameters, stated),
    ...(isLimited ? [problems.RateLimited] : []),
    problems.HeadersTooLarge,
    problems.InternalError,
    ...(needsDatabase ? [problems.DatabaseUnavailable, problems.Overloaded] : []),
  ];
  const cases = new Map(
    [...byRule, ...stated].map((kind) => [`${kind.code} ${kind.example.detail}`, kind]),
  );
  return [...cases.values()].sort((a, b) => a.status - b.status || inOrder(a.code, b.code));
}
