import type { Problem } from '../common/problem.js';
import { NotFound } from '../common/problems.js';
import type { Phase } from '../rooms/room.phase.js';
import {
  AccessCodeRequired,
  RoomClosed,
  RoomFull,
  RoomLocked,
  RoomNotOpen,
} from './admission.problems.js';

export type RoomRole = 'host' | 'participant' | 'viewer';

/** All that counts when somebody wants to enter, as one read of the database found it. */
export interface EntryFacts {
  readonly role: 'user' | 'admin';
  readonly memberRole: RoomRole | null;
  readonly access: 'members' | 'users';
  readonly phase: Phase;
  readonly opensAt: Date | null;
  /** Whether hosts may enter a scheduled room already. */
  readonly earlyEntry: boolean | null;
  readonly holdsSeat: boolean;
  readonly hasAccessCode: boolean;
  /** Whether this person gave the access code that is valid now. */
  readonly codeGiven: boolean;
  readonly capacity: number | null;
  /** Held seats, up to the capacity; read only for newcomers where there is one. */
  readonly heldSeats: number | null;
}

/** As whom somebody is in the room; undefined if he may not know of it. */
export function roleIn(
  facts: Pick<EntryFacts, 'role' | 'memberRole' | 'access'>,
): RoomRole | undefined {
  if (facts.role === 'admin') return 'host';
  return facts.memberRole ?? (facts.access === 'users' ? 'participant' : undefined);
}

/** Who enters whenever the room is not over, without a code and above its capacity. */
function isHost(facts: EntryFacts): boolean {
  return roleIn(facts) === 'host';
}

/** Why this person may not enter now; undefined if he may. */
export function refusalToEnter(facts: EntryFacts): Problem | undefined {
  return (
    refusalOfStrangers(facts) ??
    refusalByPhase(facts) ??
    refusalByCode(facts) ??
    refusalByCapacity(facts)
  );
}

/** Why this person may not stay inside: the code, the lock and the capacity don't count any more. */
export function refusalToStay(facts: EntryFacts): Problem | undefined {
  return (
    refusalOfStrangers(facts) ??
    (facts.phase === 'closed' && facts.role !== 'admin' ? roomClosed() : undefined)
  );
}

function refusalOfStrangers(facts: EntryFacts): Problem | undefined {
  return roleIn(facts) === undefined ? new NotFound('There is no such room.') : undefined;
}

function refusalByPhase(facts: EntryFacts): Problem | undefined {
  if (facts.role === 'admin') return undefined;
  switch (facts.phase) {
    case 'closed':
      return roomClosed();
    case 'scheduled':
      return isHost(facts) && facts.earlyEntry === true ? undefined : roomNotOpen(facts);
    case 'locked':
      return isHost(facts) || facts.holdsSeat
        ? undefined
        : new RoomLocked('The room is locked; nobody new may enter.');
    case 'open':
      return undefined;
  }
}

function refusalByCode(facts: EntryFacts): Problem | undefined {
  if (!facts.hasAccessCode || facts.codeGiven || isHost(facts)) return undefined;
  return new AccessCodeRequired("The room's access code is needed.");
}

function refusalByCapacity(facts: EntryFacts): Problem | undefined {
  const { capacity, heldSeats, holdsSeat } = facts;
  if (capacity === null || holdsSeat || isHost(facts)) return undefined;
  return (heldSeats ?? 0) >= capacity ? new RoomFull('All seats are taken.') : undefined;
}

function roomClosed(): RoomClosed {
  return new RoomClosed('The room is closed.');
}

function roomNotOpen({ opensAt }: EntryFacts): RoomNotOpen {
  return new RoomNotOpen('The room is not open yet.', opensAt ? { opensAt } : {});
}
