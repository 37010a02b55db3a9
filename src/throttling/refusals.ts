import { Injectable } from '@nestjs/common';
import { type LimitKind, LIMITS } from './limits.js';

/** Which limit refused how often on this replica; `requests` is the one by user and route. */
@Injectable()
export class Refusals {
  readonly counts = new Map<LimitKind | 'requests', number>(
    [...(Object.keys(LIMITS) as LimitKind[]), 'requests' as const].map((kind) => [kind, 0]),
  );

  count(kind: LimitKind | 'requests'): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
