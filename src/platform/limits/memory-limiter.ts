import { BoundedMap } from '../tasks/bounded-map.js';

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

  /** Seconds to wait before the next is let through; undefined for none. */
  remaining(key: string, { burst, perSecond }: Pace): number | undefined {
    const ahead = (this.spent.get(key)?.until ?? 0) - this.now();
    const excess = ahead - ((burst - 1) * 1_000) / perSecond;
    return excess > 0 ? excess / 1_000 : undefined;
  }

  /** Counts one; seconds to wait, if there were too many, and this one is not counted then. */
  take(key: string, pace: Pace): number | undefined {
    const seconds = this.remaining(key, pace);
    if (seconds !== undefined) return seconds;
    const now = this.now();
    const each = 1_000 / pace.perSecond;
    const entry = this.spent.get(key);
    if (entry) entry.until = Math.max(entry.until, now) + each;
    else this.spent.set(key, { until: now + each });
    return undefined;
  }
}
