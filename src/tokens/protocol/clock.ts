import { Injectable } from '@nestjs/common';

/** Measures durations, never the time of day, which only the database knows. */
export abstract class Clock {
  /** Monotonic milliseconds. */
  abstract now(): number;
  /** Resolves after so many milliseconds, or immediately when the signal aborts. */
  abstract sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Between 0 and 1. */
  abstract random(): number;
}

@Injectable()
export class SystemClock extends Clock {
  now(): number {
    return performance.now();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal?.addEventListener('abort', wake);
    });
  }

  random(): number {
    return Math.random();
  }
}
