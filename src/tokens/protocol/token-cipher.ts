import { Injectable } from '@nestjs/common';
import { Keyring, type Sealed, Unreadable } from '../../platform/keyring/keyring.js';
import { roomTokenContext } from '../../platform/keyring/encryption-contexts.js';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

@Injectable()
export class TokenCipher {
  constructor(
    private readonly keyring: Keyring,
    private readonly secrets: ServerSecrets,
  ) {}

  seal(roomId: string, generation: number, text: string): Sealed {
    return this.keyring.seal(roomTokenContext(roomId, generation), Buffer.from(text));
  }

  /** Returns undefined if it cannot be decrypted as the token of this room and generation. */
  open(
    roomId: string,
    generation: number,
    keyId: string | null,
    bytes: Buffer | null,
  ): string | undefined {
    if (keyId === null || bytes === null) return undefined;
    try {
      return this.keyring.open(roomTokenContext(roomId, generation), { keyId, bytes }).toString();
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  /** Returns a short keyed hash that is safe to read out loud; stored, so that it never changes. */
  fingerprintOf(text: string): string {
    const hex = this.secrets.mac('fingerprint', text).toString('hex').slice(0, 12);
    return hex.replaceAll(/(.{4})(?=.)/g, '$1-');
  }
}
