import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

/**
 * Access codes are stored as a keyed hash. Codes are short, so a plain hash could be guessed from a
 * dump; a slow hash would cost minutes when a full room enters the code at the same time.
 */
@Injectable()
export class AccessCodes {
  constructor(private readonly secrets: ServerSecrets) {}

  hash(roomId: string, code: string): Buffer {
    return this.secrets.mac('access code', `${roomId}|${code.normalize('NFC')}`);
  }

  matches(roomId: string, code: string, hash: Buffer): boolean {
    return timingSafeEqual(this.hash(roomId, code), hash);
  }
}
