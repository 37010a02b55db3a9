import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import { describeDatabaseError, toDatabaseProblem } from '../database/database-errors.js';
import { limitsOf } from './body-limits.js';
import { Problem } from './problem.js';
import * as problems from './problems.js';
import type { Reply, Request } from './request.js';
import { noteProblem } from './request-end.js';
import { methodsOf, pathMeantBy } from './route-table.js';

const OR = new Intl.ListFormat('en', { type: 'disjunction' });

/** Turns every thrown error into `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const found = toProblem(error, request);
    if (found instanceof problems.InternalError)
      this.logger.error({ requestId: request.id, ...describe(error) }, 'unexpected error');
    sendProblem(found, request, http.getResponse<Reply>());
  }
}

export function sendProblem(found: Problem, request: Request, reply: Reply): void {
  noteProblem(request, found.code);
  const { retryAfter } = found.members;
  if (retryAfter !== undefined) void reply.header('retry-after', Math.ceil(retryAfter));
  if (found.status === 401) void reply.header('www-authenticate', challengeOf(found));
  if (found instanceof problems.MethodNotAllowed)
    void reply.header('allow', methodsOf(request).join(', '));
  void reply
    .code(found.status)
    // A hook sets these too, but not for an address that cannot be read.
    .header('cache-control', 'no-store')
    .header('x-request-id', request.id)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({
      type: `urn:latchkey:problem:${found.code}`,
      title: found.title,
      status: found.status,
      detail: found.detail,
      code: found.code,
      requestId: request.id,
      ...found.members,
      ...(retryAfter !== undefined && { retryAfter: Math.ceil(retryAfter) }),
    });
}

/** The challenge of RFC 6750, which names no error if the request had no token. */
function challengeOf({ members }: Problem): string {
  return `Bearer realm="latchkey"${members.reason === undefined ? '' : ', error="invalid_token"'}`;
}

function toProblem(error: unknown, request: Request): Problem {
  if (error instanceof Problem) return error;
  const database = toDatabaseProblem(error);
  if (database) return database;
  return toHttpProblem(statusOf(error), request);
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const isFastify = error instanceof Error && 'statusCode' in error && 'code' in error;
  return isFastify ? Number(error.statusCode) : 500;
}

/** Maps the framework's own refusals, which happen before any code of ours. */
function toHttpProblem(status: number, request: Request): Problem {
  switch (status) {
    case 404:
      return toRoutelessProblem(request);
    case 413:
      return new (limitsOf(request).TooLarge)();
    case 415:
      return new problems.UnsupportedMediaType();
    case 503:
      return new problems.GoingDown();
    default:
      return status >= 400 && status < 500
        ? new problems.UnreadableRequest()
        : new problems.InternalError();
  }
}

function toRoutelessProblem(request: Request): Problem {
  // Browsers and tools use HEAD and OPTIONS by themselves; they are not a helpful suggestion.
  const methods = methodsOf(request).filter((each) => each !== 'HEAD' && each !== 'OPTIONS');
  if (methods.length > 0)
    return new problems.MethodNotAllowed(
      `This path does not answer to ${request.method}: use ${OR.format(methods)}.`,
    );
  const meant = pathMeantBy(request);
  const hint = meant === undefined ? '' : ` Use ${meant} if you meant that path.`;
  return new problems.NotFound(
    `This path does not exist: API paths start with /v1, and /docs lists all of them.${hint}`,
  );
}

/** The loggable part of an unexpected error: no parameters, no headers, nothing nested. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  return (
    describeDatabaseError(error) ?? {
      error: error.name,
      message: error.message,
      stack: error.stack,
    }
  );
}
