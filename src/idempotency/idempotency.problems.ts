import { problem } from '../common/problem.js';

export class IdempotencyKeyReused extends problem(
  409,
  'idempotency_key_reused',
  'This Idempotency-Key belongs to another request.',
) {}
export class IdempotencyInFlight extends problem(
  409,
  'idempotency_in_flight',
  'This very request is being answered; ask again.',
  { retryAfter: 1 },
) {}
