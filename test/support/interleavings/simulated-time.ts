import { setImmediate as settle } from 'node:timers/promises';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/**
 * Time that the scheduler advances, for everybody at once. It never passes the deadline of an
 * expected event: it stops there until the event has happened.
 */
export class SimulatedTime {
  private time = 0;
  private last = 0;
  private readonly sleepers = new Set<Sleeper>();
  private readonly limits = new Set<{ readonly until: number }>();

  now(): number {
    return this.time;
  }

  /** Returns the time, but later than every earlier instant, which orders simultaneous events. */
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

  /** Expects an event within so many milliseconds. @returns a function that reports the event */
  expect(milliseconds: number): () => void {
    const limit = { until: this.time + milliseconds };
    this.limits.add(limit);
    return () => this.limits.delete(limit);
  }

  /** Advances by at most so many milliseconds; sleepers are woken one by one, each at their time. */
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
