import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Capability } from './capability.js';
import { documented } from '../http/documented.js';

/**
 * `anyone`: no sign-in; `signed-in`: any live session; `room` (the room's policy) and `host` (hosts
 * and administrators): decided in the service; `admin`: roles with the capability of the route
 */
export type AccessLevel = 'anyone' | 'signed-in' | 'room' | 'host' | 'admin';

export const ACCESS_LEVEL = 'latchkey:access';
export const OPEN_TO_GUESTS = 'latchkey:open-to-guests';
export const NEEDED_CAPABILITY = 'latchkey:needed-capability';

/** Declares the callers of a route, which does not answer without it; `admin` requires `who`. */
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
