/**
 * SQL for whether a ban holds at a time.
 * @param ban alias of the row of `bans`
 * @param at the time, an expression; the database's clock
 */
export function isInForce(ban: string, at: string): string {
  return `(${ban}.until is null or ${ban}.until > ${at})`;
}
