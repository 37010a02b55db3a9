import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_LEVEL, type AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';
import { addressOf, type Request } from '../http/request.js';
import { networkOf } from '../http/network.js';
import { RequestShares } from './request-shares.service.js';
import { SHARES_ITSELF } from './shares-itself.decorator.js';

/** Counts in memory, so that a join writes no row. Routes that anyone may read are not limited. */
@Injectable()
export class RequestLimitGuard implements CanActivate {
  constructor(
    private readonly shares: RequestShares,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const handler = context.getHandler();
    const level = this.reflector.get<AccessLevel>(ACCESS_LEVEL, handler);
    const request = context.switchToHttp().getRequest<Request & { user?: Principal }>();
    const { method, user } = request;
    if (level === 'anyone' && (method === 'GET' || method === 'HEAD')) return true;
    if (this.reflector.get<true | undefined>(SHARES_ITSELF, handler)) return true;
    // Users who are signed in are never counted by address, because many users share an address.
    const begun = user
      ? this.shares.begin(request, user.userId, 'user', guestRoomOf(user))
      : this.shares.begin(request, networkOf(addressOf(request)), 'network');
    return begun ? begun.then(() => true) : true;
  }
}

/** Guests share the places of their room, because a link lets anybody create guests. */
function guestRoomOf({ kind, guestRoomId }: Principal): string | null {
  return kind === 'guest' ? guestRoomId : null;
}
