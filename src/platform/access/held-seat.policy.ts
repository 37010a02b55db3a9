/**
 * SQL for whether a seat is held at a time: something was heard from its sign-in since.
 * @param seat alias of the row of `seats`
 * @param seconds for which a seat is held without a word, an expression
 * @param at the time, an expression; the database's clock
 */
export function isHeld(seat: string, seconds: string, at: string): string {
  return isHeldSince(seat, heldSince(seconds, at));
}

/** SQL for the time since which something must have been heard, for statements that compute it once. */
export function heldSince(seconds: string, at: string): string {
  return `${at} - make_interval(secs => ${seconds})`;
}

/**
 * SQL for the same as `isHeld`.
 * @param since a column that holds `heldSince`
 */
export function isHeldSince(seat: string, since: string): string {
  return `${seat}.seen_at > ${since}`;
}
