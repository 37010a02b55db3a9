import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Capability } from './capability.js';
import { documented } from '../http/documented.js';

/**
 * The callers that a route accepts:
 * - `anyone`: no sign-in needed
 * - `signed-in`: everybody with a live session
 * - `room`: a live session; the room's policy decides in the service
 * - `host`: administrators and the hosts of the room; decided in the service
 * - `admin`: roles with the capability that the route names
 */
export type AccessLevel = 'anyone' | 'signed-in' | 'room' | 'host' | 'admin';

export const ACCESS_LEVEL = 'latchkey:access';
export const OPEN_TO_GUESTS = 'latchkey:open-to-guests';
export const NEEDED_CAPABILITY = 'latchkey:needed-capability';

/**
 * Declares the callers of a route; a route without this decorator does not answer.
 * @param guests whether guests may call the route; of the routes with a sign-in, only these accept
 * guests
 * @param who capability that the level `admin` requires; without it, the route is closed
 */
export function Access(
  level: AccessLevel,
  { guests = false, who }: { readonly guests?: boolean; readonly who?: Capability } = {},
): MethodDecorator {
  const declare = applyDecorators(
    SetMetadata(ACCESS_LEVEL, level),
    SetMetadata(OPEN_TO_GUESTS, guests),
    SetMetadata(NEEDED_CAPABILITY, who),
    documented(({ ApiExtension }) => ApiExtension('x-access', level)),
    ...(guests ? [documented(({ ApiExtension }) => ApiExtension('x-guests', true))] : []),
  );
  return level === 'anyone'
    ? declare
    : applyDecorators(
        declare,
        documented(({ ApiBearerAuth }) => ApiBearerAuth()),
      );
}
