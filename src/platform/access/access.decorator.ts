import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Capability } from './capability.js';
import { documented } from '../http/documented.js';

/**
 * Who may call a route.
 * - `anyone`: without signing in
 * - `signed-in`: everybody with a live session
 * - `room`: a live session, and the room's own policy decides in the service
 * - `host`: admins and the hosts of the room, decided in the service
 * - `admin`: roles with the capability that the route names
 */
export type AccessLevel = 'anyone' | 'signed-in' | 'room' | 'host' | 'admin';

export const ACCESS_LEVEL = 'latchkey:access';
export const OPEN_TO_GUESTS = 'latchkey:open-to-guests';
export const NEEDED_CAPABILITY = 'latchkey:needed-capability';

/**
 * States who may call a route; a route that does not state it does not answer.
 * @param guests whether guests may call it too; they may call nothing else that asks to sign in
 * @param who what a role must be able to do on the level `admin`, which without it is closed
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
