import { Injectable } from '@nestjs/common';
import { type LimitKind, LIMITS } from './limits.js';

/** The limits that a replica counts in its memory. */
const MEMORY_LIMITS = ['requests', 'requests-at-once', 'sign-ins'] as const;
export type MemoryLimitKind = (typeof MEMORY_LIMITS)[number];

/** Which limit refused how often on this replica. */
@Injectable()
export class Refusals {
  readonly counts = new Map<LimitKind | MemoryLimitKind, number>(
    [...(Object.keys(LIMITS) as LimitKind[]), ...MEMORY_LIMITS].map((kind) => [kind, 0]),
  );

  count(kind: LimitKind | MemoryLimitKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
