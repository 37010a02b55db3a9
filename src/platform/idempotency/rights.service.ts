import { Injectable } from '@nestjs/common';
import type { AccessLevel } from '../access/access.decorator.js';
import type { Principal } from '../access/principal.js';

/** Decides as the route's service does; returns ids, because a slug may name another room later. */
export type Decision = (params: unknown, caller: Principal) => Promise<object | undefined>;

const DECIDED_BY_GUARD: readonly AccessLevel[] = ['signed-in', 'admin'];

/** Decides before a stored answer is read: it may contain a secret, and the right may be lost. */
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
