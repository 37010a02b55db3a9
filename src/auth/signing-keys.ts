import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { AUDIENCE, VerificationKeys } from '../access/access.ports.js';
import { uuidv7 } from '../common/ids.js';
import { Config } from '../config/config.js';
import { type ServerKey, ServerKeys } from '../keyring/server-keys.js';

const generate = promisify(generateKeyPair);

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
}

async function createKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = await generate('ec', { namedCurve: 'P-256' });
  const id = uuidv7();
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: 'ES256', use: 'sig' };
  return { id, secret: privateKey.export({ format: 'der', type: 'pkcs8' }), publicJwk };
}

/** Signs our access tokens (ES256); the key is made on first start and shared by all replicas. */
@Injectable()
export class SigningKeys extends VerificationKeys implements OnModuleInit {
  private current: SigningKey | undefined;
  readonly issuer: string;

  constructor(
    private readonly serverKeys: ServerKeys,
    private readonly config: Config,
  ) {
    super();
    this.issuer = config.PUBLIC_URL ?? 'latchkey';
  }

  async onModuleInit(): Promise<void> {
    const { id, secret, publicJwk } = await this.serverKeys.findOrCreate('signing', createKey);
    const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(privateKey);
    this.current = {
      id,
      privateKey,
      publicKey,
      publicJwk: publicJwk ?? (await exportJWK(publicKey)),
    };
  }

  find(keyId: string): KeyObject | undefined {
    return this.current?.id === keyId ? this.current.publicKey : undefined;
  }

  /** The public keys, as `/.well-known/jwks.json` shows them. */
  get published(): JWK[] {
    return this.current ? [this.current.publicJwk] : [];
  }

  /**
   * @param now the database's time, which the token is issued with
   * @returns the token, and when it expires
   */
  async sign(
    subject: { userId: string; sessionId: string },
    now: Date,
  ): Promise<{ token: string; expiresAt: Date }> {
    if (!this.current) throw new Error('The signing key is not loaded yet.');
    const issuedAt = Math.floor(now.getTime() / 1000);
    const expiresAt = issuedAt + this.config.ACCESS_TOKEN_TTL;
    const token = await new SignJWT({ sid: subject.sessionId })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: this.current.id })
      .setSubject(subject.userId)
      .setIssuer(this.issuer)
      .setAudience(AUDIENCE)
      .setJti(uuidv7())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.current.privateKey);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }
}
