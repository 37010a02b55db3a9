import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { GlobalRole } from './global-role.js';
import type { Scope } from './scope.js';
import { originOf, type Origin, type Request } from '../http/request.js';
import { type Work, workOf } from '../http/request-work.js';

/** The rights of an API key. */
export interface ApiKeyRights {
  readonly scopes: ReadonlySet<Scope>;
  /** The issuer of the identities that the key names without an issuer. */
  readonly namespace: string;
}

export interface Principal {
  readonly userId: string;
  readonly sessionId: string;
  readonly kind: 'person' | 'guest' | 'external' | 'service';
  /** The only room of a guest, and of a session for one room; null for everybody else. */
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
  /** Only if the caller is an API key. */
  readonly apiKey?: ApiKeyRights;
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
