import { setImmediate as settle } from 'node:timers/promises';
import { Clock } from '../../src/tokens/protocol/clock.js';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that advances only when a test says so. */
export class VirtualClock extends Clock {
  private time = 0;
  private sleepers: Sleeper[] = [];

  /** @param jitter the value that `random` returns */
  constructor(private readonly jitter = 0.5) {
    super();
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return this.jitter;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = {
        until: this.time + milliseconds,
        wake: () => {
          this.sleepers = this.sleepers.filter((each) => each !== sleeper);
          resolve();
        },
      };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** How many sleepers there are; a running poll loop is one of them. */
  get sleeping(): number {
    return this.sleepers.length;
  }

  /** Runs everything that takes no time, then advances by so many milliseconds, one sleeper at a time. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.time + milliseconds;
    for (;;) {
      await settle();
      const [next] = this.sleepers.toSorted((a, b) => a.until - b.until);
      if (!next || next.until > target) break;
      this.time = Math.max(this.time, next.until);
      next.wake();
    }
    this.time = target;
    await settle();
  }
}
