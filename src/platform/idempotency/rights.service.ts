import { Injectable } from '@nestjs/common';
import type { AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';

/**
 * Decides whether the caller may use a route now, as the service behind the route does.
 * @param params what fills the pattern of the route, as it came
 * @returns what the route names, by ids: another room may have the slug when the request is sent
 * again, and then it is another request; undefined for params that the route itself refuses
 */
export type Decision = (params: unknown, caller: Principal) => Promise<object | undefined>;

/** Levels of access that the guard in front of every route has decided in full. */
const DECIDED_BY_GUARD: readonly AccessLevel[] = ['signed-in', 'admin'];

/**
 * Rights that are decided before a kept answer is looked for, and not only where the work is done:
 * the answer may hold a secret, and the caller may have lost the right since. Each feature that
 * decides a level of access in its services says here how, once, when it starts.
 */
@Injectable()
export class RightsService {
  private readonly decisions = new Map<AccessLevel, Decision>();

  decideBy(level: AccessLevel, decision: Decision): void {
    if (this.decisions.has(level)) throw new Error(`Two features decide who is "${level}".`);
    this.decisions.set(level, decision);
  }

  /** @throws whatever the service behind the route would refuse the caller with */
  async decide(
    level: AccessLevel | undefined,
    params: unknown,
    caller: Principal,
  ): Promise<object | undefined> {
    if (level !== undefined && DECIDED_BY_GUARD.includes(level)) return params as object;
    const decision = level && this.decisions.get(level);
    if (!decision) throw new TypeError('Nobody can decide who may have a kept answer of the route');
    return decision(params, caller);
  }
}
