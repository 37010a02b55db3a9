import { applyDecorators, SetMetadata } from '@nestjs/common';
import { documented } from '../common/documented.js';

/**
 * Who may call a route.
 * - `anyone`: without signing in
 * - `signed-in`: everybody with a live session
 * - `room`: a live session, and the room's own policy decides in the service
 * - `host`: admins and the hosts of the room, decided in the service
 * - `admin`: admins
 */
export type AccessLevel = 'anyone' | 'signed-in' | 'room' | 'host' | 'admin';

export const ACCESS_LEVEL = 'latchkey:access';

/** States who may call a route; a route that does not state it does not answer. */
export function Access(level: AccessLevel): MethodDecorator {
  const declare = applyDecorators(
    SetMetadata(ACCESS_LEVEL, level),
    documented(({ ApiExtension }) => ApiExtension('x-access', level)),
  );
  return level === 'anyone'
    ? declare
    : applyDecorators(
        declare,
        documented(({ ApiBearerAuth }) => ApiBearerAuth()),
      );
}
