import { problem, saying } from '../http/problem.js';
import { Overloaded } from '../http/problems.js';

export class IdempotencyKeyReused extends problem(
  409,
  'idempotency_key_reused',
  'This Idempotency-Key belongs to a request with another body: make a new key for each new request.',
) {}
export class IdempotencyInFlight extends problem(
  409,
  'idempotency_in_flight',
  'This request is still being processed: send it again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class KeyUsedTooOften extends saying(
  Overloaded,
  'Too many requests use this Idempotency-Key at the same time: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
