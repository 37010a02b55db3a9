import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { documented } from '../../platform/http/documented.js';
import { PreconditionFailed } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import type { Request } from '../../platform/http/request.js';
import { IfMatchInvalid } from './rooms.problems.js';

/** Returns the strong entity tag of a version of a room's settings. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** An entity tag (RFC 9110, 8.8.3), which may contain commas. */
const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const LIST = new RegExp(String.raw`^[ \t]*${TAG}(?:[ \t]*,[ \t]*${TAG})*[ \t]*$`);
const EACH = new RegExp(TAG, 'g');

/** Returns the tags of an `If-Match` header; undefined for any version. @throws {InvalidRequest} */
function tagsOf(ifMatch: string | undefined): readonly string[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (!LIST.test(ifMatch)) throw new IfMatchInvalid();
  return ifMatch.match(EACH) ?? [];
}

/** Whether the tags name a version; the comparison is strong, so weak tags never match. */
export function isAmong(tags: readonly string[] | undefined, version: number): boolean {
  return tags === undefined || tags.includes(etagOf(version));
}

/** The entity tags of `If-Match`; a change applies only to one of these versions. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    tagsOf(context.switchToHttp().getRequest<Request>().headers['if-match']),
  [describeIfMatch],
);

function describeIfMatch(target: object, key: string | symbol | undefined): void {
  const handler = key !== undefined && Object.getOwnPropertyDescriptor(target, key);
  if (!handler) return;
  const description = 'The `ETag` of the version to change; `*` or left out: any version.';
  documented(({ ApiHeader }) => ApiHeader({ name: 'If-Match', required: false, description }))(
    target,
    key,
    handler,
  );
  Refuses(IfMatchInvalid, PreconditionFailed)(target, key, handler);
}
