/** SQL for whether a seat had a heartbeat within `seconds` before `at`, the database's time. */
export function isHeld(seat: string, seconds: string, at: string): string {
  return isHeldSince(seat, heldSince(seconds, at));
}

/** SQL for the time after which the last heartbeat must lie; statements compute it once. */
export function heldSince(seconds: string, at: string): string {
  return `${at} - make_interval(secs => ${seconds})`;
}

/** SQL for `isHeld`; `since` is a column that holds `heldSince`. */
export function isHeldSince(seat: string, since: string): string {
  return `${seat}.seen_at > ${since}`;
}
