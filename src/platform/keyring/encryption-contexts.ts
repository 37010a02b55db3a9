import type { EncryptionContext } from './keyring.js';

export function serverKeyContext(purpose: string, id: string): EncryptionContext {
  return { purpose: `server key ${purpose}`, owner: id, version: 1 };
}

export function roomTokenContext(roomId: string, generation: number): EncryptionContext {
  return { purpose: 'room token', owner: roomId, version: generation };
}

export function idempotentAnswerContext(mark: Buffer): EncryptionContext {
  return { purpose: 'idempotent answer', owner: mark.toString('hex'), version: 1 };
}
