import { stringify, v7 } from 'uuid';

/** Creates an id; ids are UUIDs of version 7, so that they sort by creation. */
export function uuidv7(): string {
  return v7();
}

/** Makes a UUID of version 8 from a hash of at least 16 bytes. */
export function v8Of(hash: Buffer): string {
  const bytes = Uint8Array.from(hash.subarray(0, 16));
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return stringify(bytes);
}
