import { createHash } from 'node:crypto';
import type { IssuerToken } from './issuer-token.js';

const MOST_BYTES = 32 * 1024 * 1024;
/** Bytes of an entry besides its texts, estimated. */
const ENTRY_BYTES = 600;

interface Entry {
  readonly token: IssuerToken;
  /** The keys that verified it. */
  readonly keys: object;
  readonly bytes: number;
  userId?: string;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** Verified tokens by their SHA-256, with the needed claims only; the oldest are forgotten first. */
export class VerifiedTokens {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  find(digest: string): Entry | undefined {
    return this.entries.get(digest);
  }

  remember(digest: string, token: IssuerToken, keys: object): void {
    this.forget(digest);
    const { subject, session = '', name = '' } = token;
    const bytes = ENTRY_BYTES + 2 * (subject.length + session.length + name.length);
    const entry: Entry = { token, keys, bytes };
    this.entries.set(digest, entry);
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= MOST_BYTES) break;
      this.forget(oldest);
    }
  }

  noteUser(digest: string, userId: string): void {
    const entry = this.entries.get(digest);
    if (entry) entry.userId = userId;
  }

  private forget(digest: string): void {
    const entry = this.entries.get(digest);
    if (!entry) return;
    this.entries.delete(digest);
    this.bytes -= entry.bytes;
  }
}
