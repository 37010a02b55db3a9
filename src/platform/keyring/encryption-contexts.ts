import type { EncryptionContext } from './keyring.js';

/** The context of a key that the server made. */
export function serverKeyContext(purpose: string, id: string): EncryptionContext {
  return { purpose: `server key ${purpose}`, owner: id, version: 1 };
}

/** The context of the token of a room's generation. */
export function roomTokenContext(roomId: string, generation: number): EncryptionContext {
  return { purpose: 'room token', owner: roomId, version: generation };
}

/** The context of the answer to a request with an idempotency key. */
export function idempotentAnswerContext(mark: Buffer): EncryptionContext {
  return { purpose: 'idempotent answer', owner: mark.toString('hex'), version: 1 };
}
