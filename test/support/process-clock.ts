import { vi } from 'vitest';

const realNow = performance.now.bind(performance);
let ahead = 0;

/** Moves the monotonic clock of this process forward; `vi.restoreAllMocks` returns to the real one. */
export function pass(seconds: number): void {
  ahead += seconds * 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
}
