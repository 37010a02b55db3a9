import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { AUDIENCE, VerificationKeys } from '../access/access.ports.js';
import { uuidv7 } from '../common/ids.js';
import { Config } from '../config/config.js';
import { type ServerKey, ServerKeys } from '../keyring/server-keys.js';

const generate = promisify(generateKeyPair);

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JsonWebKey;
}

async function createKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = await generate('ec', { namedCurve: 'P-256' });
  const id = uuidv7();
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'ES256', use: 'sig' };
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
      publicJwk: publicJwk ?? publicKey.export({ format: 'jwk' }),
    };
  }

  find(keyId: string): KeyObject | undefined {
    return this.current?.id === keyId ? this.current.publicKey : undefined;
  }

  /** The public keys, as `/.well-known/jwks.json` shows them. */
  get published(): JsonWebKey[] {
    return this.current ? [this.current.publicJwk] : [];
  }

  /**
   * @param now the database's time, which the token is issued with
   * @returns the token, and when it expires
   */
  sign(
    subject: { userId: string; sessionId: string },
    now: Date,
  ): { token: string; expiresAt: Date } {
    if (!this.current) throw new Error('The signing key is not loaded yet.');
    const issuedAt = Math.floor(now.getTime() / 1000);
    const expiresAt = issuedAt + this.config.ACCESS_TOKEN_TTL;
    const claims = {
      sub: subject.userId,
      sid: subject.sessionId,
      iss: this.issuer,
      aud: AUDIENCE,
      jti: uuidv7(),
      iat: issuedAt,
      exp: expiresAt,
    };
    const token = jwt.sign(claims, this.current.privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid: this.current.id },
    });
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }
}
