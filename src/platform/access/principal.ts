import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { GlobalRole } from './global-role.js';
import { originOf, type Origin, type Request } from '../http/request.js';
import { type Work, workOf } from '../http/request-work.js';

export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly kind: 'person' | 'guest' | 'external';
  /** The only room that a guest may see; null for everybody else. */
  readonly guestRoomId: string | null;
  readonly role: GlobalRole;
  readonly displayName: string;
  /** The last time at which the person proved who they are. */
  readonly signedInAt: Date;
  readonly hasTemporaryPassword: boolean;
  /** The database's time of the session look-up. */
  readonly seenAt: Date;
  /** The end of the token of the request; feeds end then. Undefined: they end with the session. */
  readonly tokenEndsAt?: Date;
}

export interface Caller extends Principal {
  readonly origin: Origin;
  readonly work: Work;
  /** Whether the client has disconnected, so that nobody reads the answer. */
  readonly hasLeft: () => boolean;
}

export const TheCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<Request & { user: Principal }>();
  const { socket } = request;
  const hasLeft = () => socket.destroyed;
  return { ...request.user, origin: originOf(request), work: workOf(request), hasLeft };
});

export const TheOrigin = createParamDecorator((_: unknown, context: ExecutionContext): Origin =>
  originOf(context.switchToHttp().getRequest<Request>()),
);
