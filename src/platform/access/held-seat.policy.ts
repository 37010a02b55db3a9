/**
 * SQL for whether a seat is held at a time: its sign-in has sent a heartbeat recently enough.
 * @param seat alias of the row of `seats`
 * @param seconds an expression for how long a seat is held without a heartbeat
 * @param at an expression for the time, by the database's clock
 */
export function isHeld(seat: string, seconds: string, at: string): string {
  return isHeldSince(seat, heldSince(seconds, at));
}

/** SQL for the time after which the last heartbeat must lie, for statements that compute it once. */
export function heldSince(seconds: string, at: string): string {
  return `${at} - make_interval(secs => ${seconds})`;
}

/**
 * SQL for `isHeld` with a computed time.
 * @param since a column that holds `heldSince`
 */
export function isHeldSince(seat: string, since: string): string {
  return `${seat}.seen_at > ${since}`;
}
