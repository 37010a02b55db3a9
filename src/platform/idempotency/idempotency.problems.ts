import { problem } from '../http/problem.js';

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
