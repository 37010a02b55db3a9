import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { InvalidRequest } from '../common/problems.js';
import type { Request } from '../common/request.js';

/** The strong entity tag of a version of a room's settings. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that an `If-Match` header names; undefined if any will do.
 * @throws {InvalidRequest} if it is no list of entity tags
 */
function versionsOf(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').map((tag) => {
    const [, strong] = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(tag) ?? [];
    if (strong === undefined)
      throw new InvalidRequest('If-Match must be a list of entity tags such as "3".');
    // A weak tag, or one that is not ours, matches no version.
    return /^\s*"\d+"\s*$/.test(tag) ? Number(strong) : Number.NaN;
  });
}

/** The versions of `If-Match`; a change is made only to one of them. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionsOf(context.switchToHttp().getRequest<Request>().headers['if-match']),
);
