import { Injectable } from '@nestjs/common';
import type { AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';

/**
 * Decides whether the caller may use a route now, as the service behind the route does.
 * @param params of the route's pattern, as they came
 * @returns the objects that the route names, by ids: a slug may belong to a different room when the
 * request is sent again, and the request is then a different request; undefined for params that the
 * route refuses
 */
export type Decision = (params: unknown, caller: Principal) => Promise<object | undefined>;

/** Levels of access that the guard decides completely. */
const DECIDED_BY_GUARD: readonly AccessLevel[] = ['signed-in', 'admin'];

/**
 * Decides rights before a stored answer is looked up, and not only where the work is done: the
 * answer may contain a secret, and the caller may have lost the right. Each feature that decides an
 * access level in its services registers its decision here once, when it starts.
 */
@Injectable()
export class RightsService {
  private readonly decisions = new Map<AccessLevel, Decision>();

  decideBy(level: AccessLevel, decision: Decision): void {
    if (this.decisions.has(level))
      throw new Error(`Two features decide the access level "${level}".`);
    this.decisions.set(level, decision);
  }

  /** @throws the refusal of the service behind the route */
  async decide(
    level: AccessLevel | undefined,
    params: unknown,
    caller: Principal,
  ): Promise<object | undefined> {
    if (level !== undefined && DECIDED_BY_GUARD.includes(level)) return params as object;
    const decision = level && this.decisions.get(level);
    if (!decision)
      throw new TypeError('No feature decides who may read a stored answer of this route');
    return decision(params, caller);
  }
}
