import { problem } from './problem.js';

// The problems that any route can answer; a feature's own stand beside its service.
export class InvalidRequest extends problem(400, 'invalid_request', 'The body is not valid.', {
  errors: [{ pointer: '/displayName', detail: 'must have at most 80 characters' }],
}) {}
export class MalformedJson extends problem(400, 'malformed_json', 'The body is not valid JSON.') {}
export class Unauthenticated extends problem(
  401,
  'unauthenticated',
  'Sign in, and send the access token as a bearer token.',
) {}
export class Forbidden extends problem(
  403,
  'forbidden',
  'Only an administrator or a host of the room may do this.',
) {}
export class NotFound extends problem(404, 'not_found', 'There is no such room.') {}
export class MethodNotAllowed extends problem(
  405,
  'method_not_allowed',
  'This path does not answer to this method.',
) {}
export class RequestTimeout extends problem(
  408,
  'request_timeout',
  'The request did not arrive in time.',
) {}
export class PreconditionFailed extends problem(
  412,
  'precondition_failed',
  'The room was changed meanwhile; read it again.',
) {}
export class PayloadTooLarge extends problem(
  413,
  'payload_too_large',
  'The body is larger than 16 KiB.',
) {}
export class UnsupportedMediaType extends problem(
  415,
  'unsupported_media_type',
  'The body must be application/json.',
) {}
export class RateLimited extends problem(
  429,
  'rate_limited',
  'Too many attempts; wait before the next one.',
  { retryAfter: 30 },
) {}
export class HeadersTooLarge extends problem(
  431,
  'headers_too_large',
  'More than 64 header fields.',
) {}
export class InternalError extends problem(
  500,
  'internal_error',
  'Something went wrong here; the log has the request id.',
) {}
export class DatabaseUnavailable extends problem(
  503,
  'database_unavailable',
  'The database cannot be reached.',
  { retryAfter: 1 },
) {}
export class Overloaded extends problem(
  503,
  'overloaded',
  'Too many requests wait for the database.',
  { retryAfter: 1 },
) {}
