import { BoundedMap } from '../common/bounded-map.js';

/** So many at once, and then so many a second. */
export interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Counts in the memory of this replica: a fraction of a microsecond for each. When it is full, who
 * was first seen longest ago is forgotten, and starts anew.
 */
export class MemoryLimiter {
  private readonly spent: BoundedMap<{ until: number }>;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    capacity: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.spent = new BoundedMap(capacity);
  }

  /** Counts one; seconds to wait, if there were too many, and this one is not counted then. */
  take(key: string, { burst, perSecond }: Pace): number | undefined {
    const now = this.now();
    const each = 1_000 / perSecond;
    let entry = this.spent.get(key);
    if (entry === undefined) {
      entry = { until: now };
      this.spent.set(key, entry);
    }
    const ahead = Math.max(entry.until, now) - now;
    const excess = ahead - (burst - 1) * each;
    if (excess > 0) return excess / 1_000;
    entry.until = now + ahead + each;
    return undefined;
  }
}
