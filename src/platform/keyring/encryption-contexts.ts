import type { EncryptionContext } from './keyring.js';

/** Where the key of a server's own lies. */
export function serverKeyContext(purpose: string, id: string): EncryptionContext {
  return { purpose: `server key ${purpose}`, owner: id, version: 1 };
}

/** Where the token of a room's generation lies. */
export function roomTokenContext(roomId: string, generation: number): EncryptionContext {
  return { purpose: 'room token', owner: roomId, version: generation };
}

/** Where the answer to a marked request lies. */
export function idempotentAnswerContext(mark: Buffer): EncryptionContext {
  return { purpose: 'idempotent answer', owner: mark.toString('hex'), version: 1 };
}
