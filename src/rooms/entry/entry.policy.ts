import { type GlobalRole, isAboveBans, runsAllRooms } from '../../platform/access/global-role.js';
import type { Problem } from '../../platform/http/problem.js';
import { NoSuchRoom } from '../../platform/http/problems.js';
import {
  entersEarly,
  entersLocked,
  entersWithoutCode,
  exceedsCapacity,
  ORDINARY_ROLE,
  ROLE_OF_RUNNERS,
  type RoomRole,
} from '../room-role.js';
import type { Phase } from '../settings/room.phase.js';
import {
  AccessCodeRequired,
  Banned,
  RoomClosed,
  RoomFull,
  RoomLocked,
  RoomNotOpen,
} from './entry.problems.js';

/** All that counts when somebody wants to enter, as one read of the database found it. */
export interface EntryFacts {
  readonly role: GlobalRole;
  readonly memberRole: RoomRole | null;
  readonly access: 'members' | 'users';
  /** Whether a guest is in the room that is his; null for who is no guest. */
  readonly guest: 'here' | 'elsewhere' | null;
  /** Whether he is a member by an invite. */
  readonly isInvited: boolean;
  readonly isBanned: boolean;
  /** Null for good; counts only for who is banned. */
  readonly bannedUntil: Date | null;
  readonly phase: Phase;
  readonly opensAt: Date | null;
  /** Whether roles that enter early may enter a scheduled room already. */
  readonly earlyEntry: boolean | null;
  readonly holdsSeat: boolean;
  /** Whether the person holds a seat by another sign-in, which gives way where the room is full. */
  readonly holdsOtherSeat: boolean;
  readonly hasAccessCode: boolean;
  /** Whether this person gave the access code that is valid now. */
  readonly codeGiven: boolean;
  readonly capacity: number | null;
  /** Held seats, up to the capacity; read only for newcomers where there is one. */
  readonly heldSeats: number | null;
}

/** As whom somebody is in the room; undefined if he may not know of it. */
export function roleIn(
  facts: Pick<EntryFacts, 'role' | 'memberRole' | 'access' | 'guest'>,
): RoomRole | undefined {
  if (facts.guest === 'elsewhere') return undefined;
  if (runsAllRooms(facts.role)) return ROLE_OF_RUNNERS;
  return facts.memberRole ?? (isOpenTo(facts) ? ORDINARY_ROLE : undefined);
}

/** A guest comes by his invite alone: to go on without it is for people with an account. */
function isOpenTo({ access, guest }: Pick<EntryFacts, 'access' | 'guest'>): boolean {
  return access === 'users' && guest === null;
}

/** Seconds after which somebody may have left a full room. */
const FULL_SECONDS = 10;

/** What can refuse somebody, by the names that explanations call it; the first that does decides. */
export const ENTRY_RULES = {
  admission: refusalOfStrangers,
  ban: refusalOfBanned,
  phase: refusalByPhase,
  access_code: refusalByCode,
  capacity: refusalByCapacity,
} as const satisfies Record<string, (facts: EntryFacts) => Problem | undefined>;
export type EntryRule = keyof typeof ENTRY_RULES;
const refusals = Object.values(ENTRY_RULES);

/** Why this person may not enter now; undefined if he may. */
export function refusalToEnter(facts: EntryFacts): Problem | undefined {
  for (const refusalBy of refusals) {
    const refusal = refusalBy(facts);
    if (refusal) return refusal;
  }
  return undefined;
}

/** All that counts for somebody who is inside. */
export type StayFacts = Pick<
  EntryFacts,
  'role' | 'memberRole' | 'access' | 'guest' | 'isBanned' | 'bannedUntil' | 'phase'
>;

/** Why this person may not stay inside: the code, the lock and the capacity don't count any more. */
export function refusalToStay(facts: StayFacts): Problem | undefined {
  return (
    refusalOfStrangers(facts) ??
    refusalOfBanned(facts) ??
    (facts.phase === 'closed' && !runsAllRooms(facts.role) ? roomClosed() : undefined)
  );
}

function refusalOfStrangers(facts: Parameters<typeof roleIn>[0]): Problem | undefined {
  return roleIn(facts) === undefined ? new NoSuchRoom() : undefined;
}

/** Why a banned person may not be here; he is told so, though his seats have ended. */
export function refusalOfBanned(
  facts: Pick<EntryFacts, 'role' | 'isBanned' | 'bannedUntil'>,
): Problem | undefined {
  if (!facts.isBanned || isAboveBans(facts.role)) return undefined;
  const { bannedUntil } = facts;
  const forGood = 'You are banned from this room for good: ask its hosts to lift the ban.';
  return new Banned(bannedUntil === null ? forGood : undefined, { bannedUntil });
}

function refusalByPhase(facts: EntryFacts): Problem | undefined {
  if (runsAllRooms(facts.role)) return undefined;
  switch (facts.phase) {
    case 'closed':
      return roomClosed();
    case 'scheduled':
      return entersEarly(roleIn(facts)) && facts.earlyEntry === true
        ? undefined
        : roomNotOpen(facts);
    case 'open':
      return undefined;
    case 'locked':
    // A phase that a newer release has added must not let in more people than a locked room.
    default:
      return entersLocked(roleIn(facts)) || facts.holdsSeat ? undefined : new RoomLocked();
  }
}

function refusalByCode(facts: EntryFacts): Problem | undefined {
  if (!asksForCode(facts) || facts.codeGiven) return undefined;
  return new AccessCodeRequired();
}

/** Whether this person is to give the room's access code. */
export function asksForCode(facts: EntryFacts): boolean {
  return facts.hasAccessCode && !facts.isInvited && !entersWithoutCode(roleIn(facts));
}

function refusalByCapacity(facts: EntryFacts): Problem | undefined {
  const { capacity, heldSeats } = facts;
  if (capacity === null || !needsFreeSeat(facts)) return undefined;
  return (heldSeats ?? 0) >= capacity
    ? new RoomFull(undefined, { retryAfter: FULL_SECONDS })
    : undefined;
}

/** Whether the capacity counts for this person. */
export function needsFreeSeat(facts: EntryFacts): boolean {
  const { capacity, holdsSeat, holdsOtherSeat } = facts;
  return capacity !== null && !holdsSeat && !holdsOtherSeat && !exceedsCapacity(roleIn(facts));
}

function roomClosed(): RoomClosed {
  return new RoomClosed();
}

function roomNotOpen({ opensAt }: EntryFacts): RoomNotOpen {
  return new RoomNotOpen(undefined, opensAt ? { opensAt } : {});
}
