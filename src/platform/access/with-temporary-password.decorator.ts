import { applyDecorators, SetMetadata } from '@nestjs/common';
import { documented } from '../http/documented.js';

export const WITH_TEMPORARY_PASSWORD = 'latchkey:with-temporary-password';

/** Opens a route to users who have not yet changed the password that an administrator set. */
export function WithTemporaryPassword(): MethodDecorator {
  return applyDecorators(
    SetMetadata(WITH_TEMPORARY_PASSWORD, true),
    documented(({ ApiExtension }) => ApiExtension('x-with-temporary-password', true)),
  );
}
