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
  'This very request is still being answered: send it again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
export class KeyUsedTooOften extends saying(
  Overloaded,
  'This Idempotency-Key is used too often at once: try again after retryAfter seconds.',
  { retryAfter: 1 },
) {}
