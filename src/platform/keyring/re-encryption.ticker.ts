import { Injectable } from '@nestjs/common';
import { Ticking } from '../tasks/ticking.js';
import { ReEncryption } from './re-encryption.js';

/** Brings what is encrypted under other keys under the first one. */
@Injectable()
export class ReEncryptionTicker extends Ticking {
  constructor(reEncryption: ReEncryption) {
    super('encrypt again', 3_000, () => reEncryption.goOn());
  }
}
