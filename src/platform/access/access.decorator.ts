import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Capability } from './capability.js';
import { documented } from '../http/documented.js';
import type { Scope } from './scope.js';

/**
 * `anyone`: no sign-in; `signed-in`: any live session; `room` (the room's policy) and `host` (hosts
 * and administrators): decided in the service; `admin`: roles with the capability of the route;
 * `key`: API keys only
 */
export type AccessLevel = 'anyone' | 'signed-in' | 'room' | 'host' | 'admin' | 'key';

export const ACCESS_LEVEL = 'latchkey:access';
export const OPEN_TO_GUESTS = 'latchkey:open-to-guests';
export const NEEDED_CAPABILITY = 'latchkey:needed-capability';
export const NEEDED_SCOPE = 'latchkey:needed-scope';

interface Conditions {
  readonly guests?: boolean;
  readonly who?: Capability;
  /** The scope that opens the route for API keys; a route without a scope refuses every key. */
  readonly scope?: Scope;
}

/** Declares the callers of a route, which does not answer without it; `admin` requires `who`. */
export function Access(
  level: AccessLevel,
  { guests = false, who, scope }: Conditions = {},
): MethodDecorator {
  const declare = applyDecorators(
    SetMetadata(ACCESS_LEVEL, level),
    SetMetadata(OPEN_TO_GUESTS, guests),
    SetMetadata(NEEDED_CAPABILITY, who),
    SetMetadata(NEEDED_SCOPE, scope),
    documented(({ ApiExtension }) => ApiExtension('x-access', level)),
    ...(scope ? [documented(({ ApiExtension }) => ApiExtension('x-scope', scope))] : []),
    ...(guests ? [documented(({ ApiExtension }) => ApiExtension('x-guests', true))] : []),
  );
  return level === 'anyone'
    ? declare
    : applyDecorators(
        declare,
        documented(({ ApiBearerAuth }) => ApiBearerAuth()),
      );
}
