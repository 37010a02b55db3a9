import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { documented } from '../../platform/http/documented.js';
import { InvalidRequest } from '../../platform/http/problems.js';
import { Refuses } from '../../platform/http/refuses.js';
import type { Request } from '../../platform/http/request.js';
import {
  IdempotencyInFlight,
  IdempotencyKeyReused,
} from '../../platform/idempotency/idempotency.problems.js';
import { SignInKeySpent } from './auth.problems.js';

const KEY = /^[\x20-\x7e]{22,255}$/;

function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined || (typeof header === 'string' && KEY.test(header))) return header;
  const detail = 'must be 22–255 printable ASCII characters, drawn at random';
  throw new InvalidRequest(`The header is not valid: Idempotency-Key ${detail}.`, {
    errors: [{ parameter: 'Idempotency-Key', detail }],
  });
}

/** The `Idempotency-Key` of a request without a sign-in; long, so that it cannot be guessed. */
export const SignInKey = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    keyOf(context.switchToHttp().getRequest<Request>().headers['idempotency-key']),
  [describeKey],
);

function describeKey(target: object, key: string | symbol | undefined): void {
  const handler = key !== undefined && Object.getOwnPropertyDescriptor(target, key);
  if (!handler) return;
  documented(({ ApiHeader }) =>
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A random text that you choose for this request. If the answer was lost, send the same key and body again: within 10 minutes you get the same sign-in, as long as none of its tokens was used.',
      schema: { type: 'string', minLength: 22, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
    }),
  )(target, key, handler);
  Refuses(IdempotencyKeyReused, SignInKeySpent, IdempotencyInFlight)(target, key, handler);
}
