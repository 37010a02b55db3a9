import type { Config } from '../../platform/config/config.js';

const PAUSE_SECONDS = 10;

/** Seconds between re-keys of a room; each is a call to CAS, and a move of everyone. */
export function pauseSecondsOf({ RATE_LIMITS }: Pick<Config, 'RATE_LIMITS'>): number {
  return RATE_LIMITS ? PAUSE_SECONDS : 0;
}

/**
 * SQL for the end of the pause after a room's last re-key; null for a room without a re-key.
 * @param token alias of the row of `room_tokens`
 * @param seconds SQL for the value of `pauseSecondsOf`
 */
export function pauseEndOf(token: string, seconds: string): string {
  return `(${token}.rekeyed_at + make_interval(secs => ${seconds}))`;
}
