import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { documented } from '../http/documented.js';
import { Refuses } from '../http/refuses.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyInFlight, IdempotencyKeyReused } from './idempotency.problems.js';

/**
 * A repeated request gets the same answer. The change must be made in `@TheUnit()`, and be reported
 * only to the caller, because it is committed after the handler.
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
