import type { RoomRole } from '../room-role.js';
import type { Entry } from './entry.repository.js';
import type { JoinGrant } from './join.schema.js';

/** The room's token, as an answer contains it. */
export type IssuedToken = Pick<JoinGrant, 'token' | 'generation' | 'fingerprint' | 'expiresAt'> & {
  readonly refreshAfter: Date;
};

export interface Place {
  readonly id: string;
  readonly displayName: string;
  readonly role: RoomRole;
}

export function grantOf(entry: Entry, place: Place, issued: IssuedToken): JoinGrant {
  return {
    room: { id: entry.roomId, slug: entry.slug, name: entry.name },
    participant: { id: place.id, displayName: place.displayName, role: place.role },
    ...issued,
    serverTime: entry.serverTime,
    lastEventId: entry.lastEventId,
  };
}
