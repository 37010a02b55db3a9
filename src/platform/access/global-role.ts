import { capabilitiesOf } from './capability.js';

/** Which roles there are for the whole server, and what each may do. */
const TABLE = {
  user: {
    runsAllRooms: false,
    ownsAllRooms: false,
    isAboveBans: false,
    administersUsers: false,
    readsRecords: false,
    needsAccount: false,
  },
  admin: {
    runsAllRooms: true,
    ownsAllRooms: true,
    isAboveBans: true,
    administersUsers: true,
    readsRecords: true,
    needsAccount: true,
  },
} as const;

export type GlobalRole = keyof typeof TABLE;
export const GLOBAL_ROLES = Object.keys(TABLE) as GlobalRole[];

/** The role of people who register, of guests, and of users for whom none is given. */
export const ORDINARY_GLOBAL_ROLE: GlobalRole = 'user';
/** The role of the person that `ADMIN_EMAIL` names. */
export const ROLE_OF_FIRST_ADMIN: GlobalRole = 'admin';

export const {
  /** Creates rooms, sees every room, and runs it: enters in any phase, without code, above capacity. */
  runsAllRooms,
  /** Deletes rooms, and changes their slug, access and capacity. */
  ownsAllRooms,
  /** Cannot be banned, and a ban of earlier does not count. */
  isAboveBans,
  /** Sees, creates, changes and deletes users and their sessions; one person at least must. */
  administersUsers,
  /** Reads the audit trail, the tokens that a room had, and the people who were handed them. */
  readsRecords,
  /** Cannot be the role of a guest. */
  needsAccount,
} = capabilitiesOf(TABLE);
