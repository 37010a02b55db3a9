import { BoundedMap } from '../tasks/bounded-map.js';

export interface Pace {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts in memory; when full, it forgets the key that it added first, whose count restarts. */
export class MemoryLimiter {
  private readonly spent: BoundedMap<{ until: number }>;

  constructor(
    capacity: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.spent = new BoundedMap(capacity);
  }

  /** Returns the seconds until the next request is allowed; undefined if it is allowed now. */
  remaining(key: string, { burst, perSecond }: Pace): number | undefined {
    const ahead = (this.spent.get(key)?.until ?? 0) - this.now();
    const excess = ahead - ((burst - 1) * 1_000) / perSecond;
    return excess > 0 ? excess / 1_000 : undefined;
  }

  /** Counts a request; after too many, returns the seconds to wait, and counts nothing. */
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
