import type { FeedAccess } from '../../src/rooms/feed/feed-access.policy.js';
import type { Arrival } from '../../src/rooms/feed/feed-access.repository.js';

/** The access of a participant with a seat in an open room. */
const feedAccess: FeedAccess = {
  isRoom: true,
  isSession: true,
  account: 'active',
  role: 'user',
  memberRole: 'participant',
  access: 'members',
  guest: null,
  isBanned: false,
  bannedUntil: null,
  phase: 'open',
  seatId: 'seat',
};

/** The arrival of a participant who starts to listen to the room. */
export function arrivalAt(roomId: string): Arrival {
  return { roomId, feedAccess, mark: '', isFresh: true, lastEventId: 0 };
}
