import type { Config } from '../../platform/config/config.js';

const PAUSE_SECONDS = 10;

/** Seconds between re-keys of a room; each is a call to CAS, and a move of everyone. */
export function pauseSecondsOf({ RATE_LIMITS }: Pick<Config, 'RATE_LIMITS'>): number {
  return RATE_LIMITS ? PAUSE_SECONDS : 0;
}

/** SQL for the end of the pause; null without a re-key. `seconds` is SQL for `pauseSecondsOf`. */
export function pauseEndOf(token: string, seconds: string): string {
  return `(${token}.rekeyed_at + make_interval(secs => ${seconds}))`;
}
