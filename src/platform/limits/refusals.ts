import { Injectable } from '@nestjs/common';
import { TotalBy } from '../metrics/metric.decorator.js';
import { type LimitKind, LIMITS } from './limits.js';

/** Limits that are decided elsewhere: in the memory of the replica, or together with the room. */
const DECIDED_ELSEWHERE = ['requests', 'requests-at-once', 'sign-ins', 'rekey', 'guests'] as const;

export type RefusalKind = LimitKind | (typeof DECIDED_ELSEWHERE)[number];

@Injectable()
export class Refusals {
  private readonly counts = new Map<RefusalKind, number>(
    [...(Object.keys(LIMITS) as LimitKind[]), ...DECIDED_ELSEWHERE].map((kind) => [kind, 0]),
  );

  @TotalBy(
    'limit',
    'rate_limited_total',
    'Requests refused by a limit; docs/limits.md lists the limits.',
  )
  get refused(): ReadonlyMap<RefusalKind, number> {
    return this.counts;
  }

  count(kind: RefusalKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
