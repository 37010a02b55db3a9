import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { uuidv7 } from '../database/ids.js';
import { ServerKeys } from './server-keys.js';

/** Keyed hashes under a random stored key, so that they remain valid when `SECRET_KEYS` changes. */
@Injectable()
export class ServerSecrets implements OnModuleInit {
  private material: Buffer | undefined;
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly serverKeys: ServerKeys) {}

  async onModuleInit(): Promise<void> {
    const key = await this.serverKeys.findOrCreate('derivation', () =>
      Promise.resolve({ id: uuidv7(), secret: randomBytes(32), publicJwk: null }),
    );
    this.material = key.secret;
  }

  /** Returns the HMAC-SHA-256 of a text under the purpose's own key; 32 bytes. */
  mac(purpose: string, text: string): Buffer {
    return createHmac('sha256', this.keyOf(purpose)).update(text).digest();
  }

  private keyOf(purpose: string): Buffer {
    const known = this.keys.get(purpose);
    if (known) return known;
    if (!this.material) throw new Error('The server keys are not loaded yet.');
    const key = Buffer.from(hkdfSync('sha256', this.material, 'latchkey', purpose, 32));
    this.keys.set(purpose, key);
    return key;
  }
}
