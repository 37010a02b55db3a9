import { problem, saying } from './problem.js';

// Problems of any route. Each sentence names the fault and what to do next.
export class InvalidRequest extends problem(
  400,
  'invalid_request',
  'The request is not valid: check the fields and parameters that are listed in errors.',
  { errors: [{ pointer: '/displayName', detail: 'must have at most 80 characters' }] },
) {}
export class MalformedJson extends problem(
  400,
  'malformed_json',
  'The body is not valid JSON: check its quotes, commas and brackets, and send it in UTF-8.',
) {}
export class Unauthenticated extends problem(
  401,
  'unauthenticated',
  'The access token is missing: sign in with POST /v1/auth/login, and send its accessToken as "Authorization: Bearer ACCESS_TOKEN".',
) {}
export class SessionEnded extends Unauthenticated {
  constructor() {
    super('The session has ended: sign in again.', { reason: 'session_ended' });
  }
}
export class Forbidden extends problem(
  403,
  'forbidden',
  'Only an administrator or a host of the room may do this: ask an administrator or a host.',
) {}
export class NotFound extends problem(404, 'not_found', 'Nothing has this id: check the id.') {}
/** The same refusal for a missing room and for a room that the caller may not see. */
export class NoSuchRoom extends NotFound {
  static override readonly example = {
    detail:
      'There is no such room, or you are not a member of it: check its id or slug, or ask to be invited.',
  };

  /** @param hint a sentence about another fault, which must not depend on the room */
  constructor(hint = '') {
    super(`${NoSuchRoom.example.detail}${hint}`);
  }
}
export class NoSuchUser extends saying(
  NotFound,
  'There is no such user: check the id; administrators find it with GET /v1/users.',
) {}
export class LimitReached extends problem(
  409,
  'limit_reached',
  'This server has as many of these as it allows: delete some that nobody uses, and try again.',
) {}
export class MethodNotAllowed extends problem(
  405,
  'method_not_allowed',
  'This path does not answer to PUT: use GET or POST.',
) {}
export class RequestTimeout extends problem(
  408,
  'request_timeout',
  'The request did not arrive in time: send it again over a better connection.',
) {}
export class PreconditionFailed extends problem(
  412,
  'precondition_failed',
  'The room has changed in the meantime: read it again, and repeat the change with its new ETag.',
) {}
export class PayloadTooLarge extends problem(
  413,
  'payload_too_large',
  'The body is larger than 16 KiB: send a smaller body.',
) {}
export class UnsupportedMediaType extends problem(
  415,
  'unsupported_media_type',
  'The body is not declared as JSON: send it with "Content-Type: application/json".',
) {}
export class RateLimited extends problem(
  429,
  'rate_limited',
  'Too many requests: wait retryAfter seconds, and send the request again.',
  { retryAfter: 30 },
) {}
export class HeadersTooLarge extends problem(
  431,
  'headers_too_large',
  'More than 64 header fields, or more than 16 KiB of them: send fewer headers, and look for cookies or a proxy that adds headers.',
) {}
export class InternalError extends problem(
  500,
  'internal_error',
  'The server has a fault: report the requestId to the operator; the log has the cause.',
) {}
export class DatabaseUnavailable extends problem(
  503,
  'database_unavailable',
  'The database cannot be reached: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class Overloaded extends problem(
  503,
  'overloaded',
  'Too many requests are waiting for the database: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}

// The same problems with a sentence for a specific case.
export class ListTooLarge extends saying(
  PayloadTooLarge,
  'The body is larger than 64 KiB: send fewer entries in each request.',
) {}
export class BodyNotJson extends saying(
  UnsupportedMediaType,
  'The body must be JSON: send it as application/json.',
) {}
export class CharsetNotUtf8 extends saying(
  UnsupportedMediaType,
  'The body must be JSON in UTF-8: send charset=utf-8, or no charset.',
) {}
export class BodyNotUtf8 extends saying(
  MalformedJson,
  'The body is not UTF-8: send the JSON in UTF-8.',
) {}
export class ByteOrderMark extends saying(
  MalformedJson,
  'The body begins with a byte order mark: send it without the mark.',
) {}
export class UnreadableAddress extends saying(
  InvalidRequest,
  'The URL cannot be read: check how its special characters are encoded.',
) {}
export class UnreadableRequest extends saying(
  InvalidRequest,
  'The request cannot be read: compare it with the reference at /docs.',
) {}
export class TooManyOnConnection extends saying(
  RateLimited,
  'Too many requests are waiting on this connection: read their answers before you send more.',
  { retryAfter: 1 },
) {}
export class TooMuchToDo extends saying(
  Overloaded,
  'The server is overloaded: try again after retryAfter seconds.',
  { retryAfter: 2 },
) {}
export class GoingDown extends saying(
  Overloaded,
  'The server is shutting down: send the request again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class UnstorableText extends saying(
  InvalidRequest,
  'The body contains a text or a field name that cannot be stored: remove it.',
) {}
