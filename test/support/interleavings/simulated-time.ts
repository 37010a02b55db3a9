import { setImmediate as settle } from 'node:timers/promises';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/**
 * Time that passes when the scheduler says so, for everybody at once. It never runs past the moment
 * by which something must have happened: it stands still there until that is done.
 */
export class SimulatedTime {
  private time = 0;
  private last = 0;
  private readonly sleepers = new Set<Sleeper>();
  private readonly limits = new Set<{ readonly until: number }>();

  now(): number {
    return this.time;
  }

  /** Now, but later than every instant before: what happens at the same time happens in an order. */
  instant(): number {
    this.last = Math.max(this.time, this.last + 1e-6);
    return this.last;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = {
        until: this.time + milliseconds,
        wake: () => {
          this.sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake);
    });
  }

  /** Something must happen within so many milliseconds. @returns says that it has */
  expect(milliseconds: number): () => void {
    const limit = { until: this.time + milliseconds };
    this.limits.add(limit);
    return () => this.limits.delete(limit);
  }

  /** So many milliseconds pass at most; who sleeps is woken at his time, one by one. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.time + milliseconds;
    for (;;) {
      await settle();
      const end = Math.min(target, ...Array.from(this.limits, ({ until }) => until));
      let next: Sleeper | undefined;
      for (const each of this.sleepers) if (!next || each.until < next.until) next = each;
      if (!next || next.until > end) {
        this.time = Math.max(this.time, end);
        return;
      }
      this.time = Math.max(this.time, next.until);
      next.wake();
    }
  }
}
