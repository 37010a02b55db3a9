import { type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { AUDIENCE, VerificationKeys } from '../../platform/access/access.ports.js';
import { Config } from '../../platform/config/config.js';
import { KeySuccession, type Successor } from '../../platform/keyring/key-succession.service.js';
import { Unreadable } from '../../platform/keyring/keyring.js';
import { ServerKeys } from '../../platform/keyring/server-keys.js';
import { createSigningKey, type SigningKey, toSigningKey } from './signing-key.js';

/** Milliseconds between two look-ups of unknown key ids, however many requests name them. */
const COOL_DOWN_MS = 1_000;
/** Keys loaded earlier do not sign; far less than the time between publishing and signing. */
const FRESH_MS = 30_000;

interface HeldKey extends SigningKey {
  readonly usedFrom: Date;
}

/** The due steps of the rotation. */
export interface KeysFound {
  readonly isDue: boolean;
  readonly hasEnded: boolean;
}

/**
 * Signs access tokens (ES256) with the key that is current by the database's clock: replicas that
 * have loaded the same keys change to the next key at the same moment, without communication.
 */
@Injectable()
export class SigningKeys extends VerificationKeys implements OnModuleInit {
  private readonly logger = new Logger('SigningKeys');
  private held: ReadonlyMap<string, HeldKey> = new Map();
  private readonly unreadable = new Set<string>();
  private loadedAt = -Infinity;
  private soughtAt = -Infinity;
  private seeking: Promise<unknown> = Promise.resolve();
  readonly issuer: string;

  constructor(
    private readonly serverKeys: ServerKeys,
    private readonly succession: KeySuccession,
    private readonly config: Config,
  ) {
    super();
    this.issuer = config.PUBLIC_URL ?? 'latchkey';
  }

  async onModuleInit(): Promise<void> {
    await this.serverKeys.findOrCreate('signing', createSigningKey);
    await this.reload();
  }

  async reload(): Promise<KeysFound> {
    const { ACCESS_TOKEN_TTL, SIGNING_KEY_TTL } = this.config;
    const startedAt = performance.now();
    const found = await this.succession.findAll('signing', SIGNING_KEY_TTL);
    if (found.some(({ lifeSeconds }) => lifeSeconds < ACCESS_TOKEN_TTL))
      await this.succession.noteLife('signing', ACCESS_TOKEN_TTL);
    // A reload that began later may have ended earlier.
    if (startedAt > this.loadedAt) {
      const good = found.filter(({ hasEnded }) => !hasEnded);
      this.held = new Map(good.flatMap((key) => this.hold(key)).map((key) => [key.id, key]));
      this.loadedAt = startedAt;
    }
    return {
      isDue: found.some(({ isDue }) => isDue),
      hasEnded: found.some(({ hasEnded }) => hasEnded),
    };
  }

  find(keyId: string): KeyObject | undefined {
    return this.held.get(keyId)?.publicKey;
  }

  /** Looks unknown ids up once for all callers, and rarely, because anybody can invent an id. */
  async seek(keyId: string): Promise<KeyObject | undefined> {
    const now = performance.now();
    if (now - this.soughtAt >= COOL_DOWN_MS) {
      this.soughtAt = now;
      this.seeking = this.reload();
    }
    await this.seeking;
    return this.find(keyId);
  }

  /** Includes the next key. */
  get published(): JsonWebKey[] {
    return Array.from(this.held.values(), ({ publicJwk }) => publicJwk);
  }

  /** Signs a token; `now` is the database's time, which becomes the token's `iat`. */
  async sign(
    subject: { userId: string; sessionId: string },
    now: Date,
  ): Promise<{ token: string; expiresAt: Date }> {
    if (performance.now() - this.loadedAt > FRESH_MS) await this.reload();
    const key = this.keyAt(now);
    const issuedAt = Math.floor(now.getTime() / 1000);
    const expiresAt = issuedAt + this.config.ACCESS_TOKEN_TTL;
    const claims = {
      sub: subject.userId,
      sid: subject.sessionId,
      iss: this.issuer,
      aud: AUDIENCE,
      // Version 4, because version 7 asks the system for random bytes every time.
      jti: randomUUID(),
      iat: issuedAt,
      exp: expiresAt,
    };
    const token = jwt.sign(claims, key.privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid: key.id },
    });
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  private keyAt(now: Date): HeldKey {
    const keys = [...this.held.values()];
    const key = keys.findLast(({ usedFrom }) => usedFrom <= now) ?? keys[0];
    if (!key) throw new Error('There is no readable signing key.');
    return key;
  }

  /** Returns the same object for the same key, because verified tokens are remembered by it. */
  private hold(found: Successor): HeldKey[] {
    const { id, usedFrom } = found;
    const known = this.held.get(id);
    if (known)
      return [known.usedFrom.getTime() === usedFrom.getTime() ? known : { ...known, usedFrom }];
    try {
      return [{ ...toSigningKey(id, this.succession.open('signing', found)), usedFrom }];
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (!this.unreadable.has(id))
        this.logger.error({ keyId: id }, 'a signing key cannot be decrypted, and is not used');
      this.unreadable.add(id);
      return [];
    }
  }
}
