import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

/**
 * How access codes are stored: a keyed hash. Codes are short, so a plain one could be guessed from a
 * dump; and a slow one would cost a full room minutes when everybody gives the code at once.
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
