import { Reflector } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Access, type AccessLevel } from '../access/access.decorator.js';
import type { Config } from '../config/config.js';
import { RateLimited } from '../http/problems.js';
import type { Request } from '../http/request.js';
import { workOf } from '../http/request-work.js';
import { MemoryLimiter } from './memory-limiter.js';
import { Refusals } from './refusals.js';
import { RequestLimitGuard } from './request-limit.guard.js';
import { RequestShares } from './request-shares.service.js';

interface Asked {
  readonly level: AccessLevel;
  readonly method?: string;
  readonly route?: string;
  readonly userId?: string;
  readonly ip?: string;
}

function startGuard(limits = true) {
  const config = { RATE_LIMITS: limits } as Config;
  const shares = new RequestShares(new MemoryLimiter(100_000), new Refusals(), config);
  const guard = new RequestLimitGuard(shares, new Reflector());
  const handlers = new Map<AccessLevel, object>();
  const handlerOf = (level: AccessLevel) => {
    const handler = handlers.get(level) ?? (() => undefined);
    handlers.set(level, handler);
    Access(level)({}, 'handler', { value: handler });
    return handler;
  };
  const contextOf = ({ level, method = 'POST', route = '/v1', userId, ip }: Asked) => {
    const user = userId === undefined ? undefined : { userId };
    const request = { method, routeOptions: { url: route }, user, ip: ip ?? '192.0.2.1' };
    const handler = handlerOf(level);
    return {
      getHandler: () => handler,
      switchToHttp: () => ({ getRequest: () => request }),
    } as unknown as ExecutionContext;
  };
  /** Returns how many of `times` simultaneous requests pass. */
  const passed = (times: number, asked: Asked) => {
    const context = contextOf(asked);
    let count = 0;
    for (let turn = 0; turn < times; turn += 1)
      try {
        if (guard.canActivate(context)) count += 1;
        workOf(context.switchToHttp().getRequest<Request>()).end();
      } catch (error) {
        if (!(error instanceof RateLimited) || error.members.retryAfter !== 1) throw error;
      }
    return count;
  };
  return { passed };
}

/** The limiter restores some requests while the test runs; the slower the machine, the more. */
function expectAbout(count: number, burst: number): void {
  expect(count).toBeGreaterThanOrEqual(burst);
  expect(count).toBeLessThan(burst * 1.5);
}

describe('the guard of requests', () => {
  it('requests of signed-in users are counted by user and route', () => {
    const { passed } = startGuard();
    const asked = { level: 'room', route: '/join', userId: 'ann' } as const;
    expectAbout(passed(3_000, asked), 1_000);
    expect(passed(10, { ...asked, route: '/leave' })).toBe(10);
    expect(passed(10, { ...asked, method: 'GET' })).toBe(10);
    expect(passed(10, { ...asked, userId: 'ben' })).toBe(10);
  });

  it('a whole stadium behind one address can sign in and join', () => {
    const { passed } = startGuard();
    let joined = 0;
    for (let fan = 0; fan < 50_000; fan += 1)
      joined += passed(1, { level: 'room', userId: `fan-${fan}` });
    expect(joined).toBe(50_000);
    expect(passed(20_000, { level: 'anyone' })).toBe(20_000);
  });

  it('requests without a sign-in are counted by network and route', () => {
    const { passed } = startGuard();
    const asked = { level: 'anyone', route: '/refresh', ip: '2001:db8::1' } as const;
    expectAbout(passed(60_000, asked), 20_000);
    expect(passed(1_000, { ...asked, ip: '2001:db8::2' })).toBeLessThan(1_000);
    expect(passed(1_000, { ...asked, ip: '2001:db8:0:1::1' })).toBe(1_000);
    expect(passed(1_000, { ...asked, route: '/login' })).toBe(1_000);
  });

  it.each(['GET', 'HEAD'])('public reads by %s are not limited', (method) => {
    const { passed } = startGuard();
    expect(passed(60_000, { level: 'anyone', method })).toBe(60_000);
  });

  it('no request is limited if limits are off', () => {
    const { passed } = startGuard(false);
    expect(passed(3_000, { level: 'room', userId: 'ann' })).toBe(3_000);
  });
});
