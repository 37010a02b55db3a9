import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../platform/keyring/server-secrets.js';

/** 160 bits: nobody finds a code by trying, so that its hash can be looked up by itself. */
const CODE_BYTES = 20;

/** The codes of invites; only a keyed hash of them is stored. */
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
