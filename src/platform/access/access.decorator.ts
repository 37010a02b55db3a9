import { applyDecorators, SetMetadata } from '@nestjs/common';
import { documented } from '../http/documented.js';

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
export const OPEN_TO_GUESTS = 'latchkey:open-to-guests';

/**
 * States who may call a route; a route that does not state it does not answer.
 * @param guests whether guests may call it too; they may call nothing else that asks to sign in
 */
export function Access(
  level: AccessLevel,
  { guests = false }: { readonly guests?: boolean } = {},
): MethodDecorator {
  const declare = applyDecorators(
    SetMetadata(ACCESS_LEVEL, level),
    SetMetadata(OPEN_TO_GUESTS, guests),
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
