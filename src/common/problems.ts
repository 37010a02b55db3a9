import { problem } from './problem.js';

// The problems that any route can answer; a feature's own stand beside its service.
export class InvalidRequest extends problem(400, 'invalid_request') {}
export class MalformedJson extends problem(400, 'malformed_json') {}
export class Unauthenticated extends problem(401, 'unauthenticated') {}
export class Forbidden extends problem(403, 'forbidden') {}
export class NotFound extends problem(404, 'not_found') {}
export class MethodNotAllowed extends problem(405, 'method_not_allowed') {}
export class PreconditionFailed extends problem(412, 'precondition_failed') {}
export class PayloadTooLarge extends problem(413, 'payload_too_large') {}
export class UnsupportedMediaType extends problem(415, 'unsupported_media_type') {}
export class RateLimited extends problem(429, 'rate_limited') {}
export class InternalError extends problem(500, 'internal_error') {}
export class DatabaseUnavailable extends problem(503, 'database_unavailable') {}
export class Overloaded extends problem(503, 'overloaded') {}
