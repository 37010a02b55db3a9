import type { Place } from './keyring.js';

/** Where the key of a server's own lies. */
export function serverKeyPlace(purpose: string, id: string): Place {
  return { purpose: `server key ${purpose}`, owner: id, version: 1 };
}

/** Where the token of a room's generation lies. */
export function roomTokenPlace(roomId: string, generation: number): Place {
  return { purpose: 'room token', owner: roomId, version: generation };
}

/** Where the answer to a marked request lies. */
export function idempotentAnswerPlace(mark: Buffer): Place {
  return { purpose: 'idempotent answer', owner: mark.toString('hex'), version: 1 };
}
