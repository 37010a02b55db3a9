import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_LEVEL, type AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';
import { RateLimited } from '../common/problems.js';
import { addressOf, type Request } from '../common/request.js';
import { Config } from '../config/config.js';
import { MemoryLimiter, type Pace } from './memory-limiter.js';
import { networkOf } from './network.js';
import { Refusals } from './refusals.js';

/** By user and route; docs/limits.md says why these numbers. */
const USER: Pace = { burst: 1_000, perSecond: 50 };
/** By address and route, for who has yet to sign in: a whole stadium may share an address. */
const ADDRESS: Pace = { burst: 20_000, perSecond: 1_000 };

/**
 * Refuses who asks far more often than any app would. Counted in memory, so that a join writes no
 * row for it. What anyone may read (health, the reference, keys) is never limited.
 */
@Injectable()
export class RequestLimitGuard implements CanActivate {
  constructor(
    private readonly limiter: MemoryLimiter,
    private readonly reflector: Reflector,
    private readonly refusals: Refusals,
    private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.config.RATE_LIMITS) return true;
    const level = this.reflector.get<AccessLevel>(ACCESS_LEVEL, context.getHandler());
    const request = context.switchToHttp().getRequest<Request & { user?: Principal }>();
    const { method, routeOptions, user } = request;
    if (level === 'anyone' && (method === 'GET' || method === 'HEAD')) return true;
    // Who is signed in is never counted by address: many share one.
    const who = user?.userId ?? networkOf(addressOf(request));
    const pace = user ? USER : ADDRESS;
    const seconds = this.limiter.take(`${who} ${method} ${routeOptions.url}`, pace);
    if (seconds === undefined) return true;
    this.refusals.count('requests');
    throw new RateLimited('Too many requests; wait before the next one.', {
      retryAfter: Math.max(1, seconds),
    });
  }
}
