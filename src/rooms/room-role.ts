import { capabilitiesOf } from '../platform/access/capability.js';

const TABLE = {
  host: {
    runsRoom: true,
    entersEarly: true,
    entersLocked: true,
    entersWithoutCode: true,
    exceedsCapacity: true,
    listensWithoutSeat: true,
    receivesNames: true,
    isProtected: true,
    needsAccount: true,
  },
  participant: {
    runsRoom: false,
    entersEarly: false,
    entersLocked: false,
    entersWithoutCode: false,
    exceedsCapacity: false,
    listensWithoutSeat: false,
    receivesNames: false,
    isProtected: false,
    needsAccount: false,
  },
  viewer: {
    runsRoom: false,
    entersEarly: false,
    entersLocked: false,
    entersWithoutCode: false,
    exceedsCapacity: false,
    listensWithoutSeat: false,
    receivesNames: false,
    isProtected: false,
    needsAccount: false,
  },
} as const;

export type RoomRole = keyof typeof TABLE;
export const ROOM_ROLES = Object.keys(TABLE) as RoomRole[];

/** The role of administrators in every room, whether they are members or not. */
export const ROLE_OF_RUNNERS: RoomRole = 'host';
/** The role with the fewest rights, for unknown roles. */
export const LEAST_ROLE: RoomRole = 'viewer';
/** The role of people who enter without membership, and of guests whose role needs an account. */
export const ORDINARY_ROLE: RoomRole = 'participant';

/** Returns the role of a guest whose invite is for this role. */
export function roleOfGuest(role: RoomRole): RoomRole {
  return needsAccount(role) ? ORDINARY_ROLE : role;
}

export const {
  /** Changes the room's settings, members, invites and bans, kicks, re-keys, sees all people inside. */
  runsRoom,
  /** Enters a scheduled room `earlyEntrySeconds` before it opens. */
  entersEarly,
  /** Enters a locked room without holding a seat. */
  entersLocked,
  /** Is not asked for the room's access code. */
  entersWithoutCode,
  /** Takes a seat in a full room. */
  exceedsCapacity,
  /** Follows the feed without holding a seat. */
  listensWithoutSeat,
  /** Sees in the feed who is inside, and not only how many. */
  receivesNames,
  /** Cannot be removed, given another role, or banned by hosts. */
  isProtected,
  /** Cannot be the role of a guest. */
  needsAccount,
} = capabilitiesOf(TABLE);
