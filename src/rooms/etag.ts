import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { documented } from '../common/documented.js';
import { InvalidRequest, PreconditionFailed } from '../common/problems.js';
import { Refuses } from '../common/refuses.js';
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
      throw new InvalidRequest(
        'If-Match is not valid: send the ETag of the room as it came, such as "3".',
      );
    // A weak tag, or one that is not ours, matches no version.
    return /^\s*"\d+"\s*$/.test(tag) ? Number(strong) : Number.NaN;
  });
}

/** The versions of `If-Match`; a change is made only to one of them. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    versionsOf(context.switchToHttp().getRequest<Request>().headers['if-match']),
  [describeIfMatch],
);

function describeIfMatch(target: object, key: string | symbol | undefined): void {
  const handler = key !== undefined && Object.getOwnPropertyDescriptor(target, key);
  if (!handler) return;
  const description = 'Change it only if this is its version; without, whatever its version is.';
  documented(({ ApiHeader }) => ApiHeader({ name: 'If-Match', required: false, description }))(
    target,
    key,
    handler,
  );
  Refuses(PreconditionFailed)(target, key, handler);
}
