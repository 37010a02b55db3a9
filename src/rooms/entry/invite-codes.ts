import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

/** 160 bits, which nobody can guess; so the hash alone is safe as a look-up key. */
const CODE_BYTES = 20;

/** The codes of invites; only a keyed hash of a code is stored. */
@Injectable()
export class InviteCodes {
  constructor(private readonly secrets: ServerSecrets) {}

  draw(): string {
    return `lki_${randomBytes(CODE_BYTES).toString('base64url')}`;
  }

  hash(code: string): Buffer {
    return this.secrets.mac('invite code', code);
  }
}
