/**
 * SQL for whether a person is banned from a room at a time.
 * @param room the room's id, an expression
 * @param user the person's id, an expression
 * @param at the time, an expression; the database's clock
 */
export function isBanned(room: string, user: string, at: string): string {
  return `exists (select from bans b where ${isBanOf('b', room, user, at)})`;
}

/** SQL for a join with the ban of a person from a room that holds at a time, as `isBanned`. */
export function joiningBan(ban: string, room: string, user: string, at: string): string {
  return `left join bans ${ban} on ${isBanOf(ban, room, user, at)}`;
}

function isBanOf(ban: string, room: string, user: string, at: string): string {
  return `${ban}.room_id = ${room} and ${ban}.user_id = ${user} and ${isInForce(ban, at)}`;
}

/**
 * SQL for whether a ban holds at a time.
 * @param ban alias of the row of `bans`
 * @param at the time, an expression; the database's clock
 */
export function isInForce(ban: string, at: string): string {
  return `(${ban}.until is null or ${ban}.until > ${at})`;
}
