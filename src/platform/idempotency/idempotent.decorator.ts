import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { documented } from '../http/documented.js';
import { Refuses } from '../http/refuses.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyInFlight, IdempotencyKeyReused } from './idempotency.problems.js';

/**
 * A route that makes something: with an `Idempotency-Key`, a request that is sent again gets the
 * same answer and makes nothing. What it makes must be made in `@TheUnit()`, and be told to nobody but
 * the caller: it is committed after the handler. Not for routes that are open to anyone, since keys
 * belong to callers.
 */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    Refuses(IdempotencyKeyReused, IdempotencyInFlight),
    documented(({ ApiHeader }) =>
      ApiHeader({
        name: 'Idempotency-Key',
        required: false,
        description:
          'A text that you choose for this request. A repeated request with the same text gets the same answer for 24 hours.',
        schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
      }),
    ),
  );
}
