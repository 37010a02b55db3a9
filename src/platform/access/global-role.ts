import { capabilitiesOf } from './capability.js';

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
  // An API key runs all rooms; its scopes decide which routes it may use.
  service: {
    runsAllRooms: true,
    ownsAllRooms: true,
    isAboveBans: true,
    administersUsers: false,
    readsRecords: true,
    needsAccount: true,
  },
} as const;

export type GlobalRole = keyof typeof TABLE;
export const GLOBAL_ROLES = Object.keys(TABLE) as GlobalRole[];

export const ROLE_OF_SERVICES = 'service' satisfies GlobalRole;
export type RoleOfPeople = Exclude<GlobalRole, typeof ROLE_OF_SERVICES>;
/** The roles that people can have. */
export const ROLES_OF_PEOPLE = GLOBAL_ROLES.filter(
  (role): role is RoleOfPeople => role !== ROLE_OF_SERVICES,
);

/** SQL for whether a user of this role is a person, who can be a member, be banned and enter. */
export function isRoleOfPerson(role: string): string {
  return `${role} <> '${ROLE_OF_SERVICES}'`;
}

/** The role of people who register, of guests, and of users who are created without a role. */
export const ORDINARY_GLOBAL_ROLE = 'user' satisfies GlobalRole;
export const ROLE_OF_FIRST_ADMIN: GlobalRole = 'admin';

export const {
  /** Creates, sees and runs every room; enters in any phase, without a code, beyond capacity. */
  runsAllRooms,
  /** Deletes rooms, and changes their slug, access and capacity. */
  ownsAllRooms,
  /** Cannot be banned, and earlier bans do not apply. */
  isAboveBans,
  /** Sees, creates, changes and deletes users and sessions; at least one user must have it. */
  administersUsers,
  /** Reads the audit trail, the former tokens of a room, and the people who received them. */
  readsRecords,
  /** Cannot be the role of a guest. */
  needsAccount,
} = capabilitiesOf(TABLE);
