import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { documented } from '../http/documented.js';
import { Refuses } from '../http/refuses.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyInFlight, IdempotencyKeyReused } from './idempotency.problems.js';

/**
 * Marks a route that creates something: a request that is sent again with the same
 * `Idempotency-Key` gets the same answer and creates nothing. The change must be made in
 * `@TheUnit()`, and be reported only to the caller, because it is committed after the handler. It
 * is not for routes that are open to anyone, because keys belong to callers.
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
          'A unique text of your choice for this request. If you send the request again within 24 hours, it gets the same answer.',
        schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
      }),
    ),
  );
}
