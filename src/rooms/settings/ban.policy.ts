/** SQL for whether a user is banned from a room at a time, by the database's clock. */
export function isBanned(room: string, user: string, at: string): string {
  return `exists (select from bans b where ${isBanOf('b', room, user, at)})`;
}

/** SQL for a join with the user's ban from a room that is in force at a time. */
export function joiningBan(ban: string, room: string, user: string, at: string): string {
  return `left join bans ${ban} on ${isBanOf(ban, room, user, at)}`;
}

function isBanOf(ban: string, room: string, user: string, at: string): string {
  return `${ban}.room_id = ${room} and ${ban}.user_id = ${user} and ${isInForce(ban, at)}`;
}

/** SQL for whether the row `ban` of `bans` is in force at a time, by the database's clock. */
export function isInForce(ban: string, at: string): string {
  return `(${ban}.until is null or ${ban}.until > ${at})`;
}
