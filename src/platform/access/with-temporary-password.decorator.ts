import { applyDecorators, SetMetadata } from '@nestjs/common';
import { documented } from '../http/documented.js';

export const WITH_TEMPORARY_PASSWORD = 'latchkey:with-temporary-password';

/** A route that answers even before a password that an administrator has set is changed. */
export function WithTemporaryPassword(): MethodDecorator {
  return applyDecorators(
    SetMetadata(WITH_TEMPORARY_PASSWORD, true),
    documented(({ ApiExtension }) => ApiExtension('x-with-temporary-password', true)),
  );
}
