import type { FeedAccess } from '../../src/rooms/feed/feed-access.policy.js';
import type { Arrival } from '../../src/rooms/feed/feed-access.repository.js';

/** A participant with a seat in an open room, who may listen. */
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

/** A participant who comes to listen to the room. */
export function arrivalAt(roomId: string): Arrival {
  return { roomId, feedAccess, mark: '', isFresh: true, lastEventId: 0 };
}
