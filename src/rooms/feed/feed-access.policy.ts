import { refusalToStay, roleIn, type StayFacts } from '../entry/entry.policy.js';
import { Banned } from '../entry/entry.problems.js';
import type { Problem } from '../../platform/http/problem.js';
import { NotFound, NoSuchRoom, SessionEnded } from '../../platform/http/problems.js';
import type { RemovalReason } from '../../platform/room-events/room-events.schema.js';
import { receivesNames, listensWithoutSeat } from '../room-role.js';
import { NotInRoom } from '../join/join.problems.js';

/** All facts that decide whether a person may listen to a room, from a single read. */
export interface FeedAccess extends StayFacts {
  readonly isRoom: boolean;
  readonly account: 'active' | 'pending' | 'disabled' | null;
  readonly isSession: boolean;
  readonly seatId: string | null;
}

interface Verdict {
  readonly reason: RemovalReason;
  readonly problem: Problem;
}

/** Whether the feed shows the names of the people inside, and not only their number. */
export function mayReceiveNames(feedAccess: FeedAccess): boolean {
  return receivesNames(roleIn(feedAccess));
}

/** Returns why a person may not listen any more; `seatId` is null if they began without a seat. */
export function verdictOn(feedAccess: FeedAccess, seatId: string | null): Verdict | undefined {
  const { isRoom, account, isSession } = feedAccess;
  if (!isRoom) return { reason: 'room_deleted', problem: new NoSuchRoom() };
  if (account === null) return { reason: 'account_deleted', problem: new SessionEnded() };
  if (account !== 'active') return { reason: 'account_disabled', problem: new SessionEnded() };
  if (!isSession) return { reason: 'session_ended', problem: new SessionEnded() };
  const problem = refusalToStay(feedAccess);
  if (problem) return { reason: reasonOf(problem), problem };
  const hasSeat =
    seatId === null ? listensWithoutSeat(roleIn(feedAccess)) : feedAccess.seatId === seatId;
  if (hasSeat) return undefined;
  return { reason: 'seat_ended', problem: new NotInRoom() };
}

function reasonOf(problem: Problem): RemovalReason {
  if (problem instanceof Banned) return 'banned';
  return problem instanceof NotFound ? 'membership_ended' : 'room_closed';
}
