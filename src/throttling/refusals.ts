import { Injectable } from '@nestjs/common';
import { type LimitKind, LIMITS } from './limits.js';

/** The limits that a replica counts in its memory: requests in time, and those under way at once. */
export type MemoryLimitKind = 'requests' | 'requests-at-once';

/** Which limit refused how often on this replica. */
@Injectable()
export class Refusals {
  readonly counts = new Map<LimitKind | MemoryLimitKind, number>(
    [...(Object.keys(LIMITS) as LimitKind[]), 'requests' as const, 'requests-at-once' as const].map(
      (kind) => [kind, 0],
    ),
  );

  count(kind: LimitKind | MemoryLimitKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
