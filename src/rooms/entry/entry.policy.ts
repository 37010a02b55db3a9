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

/** All facts that decide about an entry, as a single read of the database found them. */
export interface EntryFacts {
  readonly role: GlobalRole;
  readonly memberRole: RoomRole | null;
  readonly access: 'members' | 'users';
  /** Whether a guest is in their own room; `elsewhere` also for a session for one other room. */
  readonly guest: 'here' | 'elsewhere' | null;
  readonly isInvited: boolean;
  readonly isBanned: boolean;
  /** Null for a permanent ban; meaningful only if the person is banned. */
  readonly bannedUntil: Date | null;
  readonly phase: Phase;
  readonly opensAt: Date | null;
  /** Whether roles with early entry may already enter a scheduled room. */
  readonly earlyEntry: boolean | null;
  readonly holdsSeat: boolean;
  /** Whether the person holds a seat by another sign-in, which is released if the room is full. */
  readonly holdsOtherSeat: boolean;
  readonly hasAccessCode: boolean;
  /** Whether this person has entered the current access code. */
  readonly codeGiven: boolean;
  readonly capacity: number | null;
  /** Held seats, up to the capacity; counted only for newcomers to a room with a capacity. */
  readonly heldSeats: number | null;
}

/** Returns the role of a person in the room; undefined if the room must stay hidden from them. */
export function roleIn(
  facts: Pick<EntryFacts, 'role' | 'memberRole' | 'access' | 'guest'>,
): RoomRole | undefined {
  if (facts.guest === 'elsewhere') return undefined;
  if (runsAllRooms(facts.role)) return ROLE_OF_RUNNERS;
  return facts.memberRole ?? (isOpenTo(facts) ? ORDINARY_ROLE : undefined);
}

/** Guests enter only by their invite; entering an open room is for people with an account. */
function isOpenTo({ access, guest }: Pick<EntryFacts, 'access' | 'guest'>): boolean {
  return access === 'users' && guest === null;
}

const FULL_SECONDS = 10;

/** The rules that can refuse an entry, by their names in explanations; the first refusal counts. */
export const ENTRY_RULES = {
  admission: refusalOfStrangers,
  ban: refusalOfBanned,
  phase: refusalByPhase,
  access_code: refusalByCode,
  capacity: refusalByCapacity,
} as const satisfies Record<string, (facts: EntryFacts) => Problem | undefined>;
export type EntryRule = keyof typeof ENTRY_RULES;
const refusals = Object.values(ENTRY_RULES);

/** Returns why this person may not enter now; undefined if they may. */
export function refusalToEnter(facts: EntryFacts): Problem | undefined {
  for (const refusalBy of refusals) {
    const refusal = refusalBy(facts);
    if (refusal) return refusal;
  }
  return undefined;
}

export type StayFacts = Pick<
  EntryFacts,
  'role' | 'memberRole' | 'access' | 'guest' | 'isBanned' | 'bannedUntil' | 'phase'
>;

/** Returns why this person may not stay inside; code, lock and capacity only matter on entry. */
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

/** Returns why a banned person may not be here; they are told about the ban even without a seat. */
export function refusalOfBanned(
  facts: Pick<EntryFacts, 'role' | 'isBanned' | 'bannedUntil'>,
): Problem | undefined {
  if (!facts.isBanned || isAboveBans(facts.role)) return undefined;
  const { bannedUntil } = facts;
  const forGood = 'You are banned from this room permanently: ask its hosts to lift the ban.';
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
    // A phase that a newer release added must not admit more people than a locked room.
    default:
      return entersLocked(roleIn(facts)) || facts.holdsSeat ? undefined : new RoomLocked();
  }
}

function refusalByCode(facts: EntryFacts): Problem | undefined {
  if (!asksForCode(facts) || facts.codeGiven) return undefined;
  return new AccessCodeRequired();
}

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
