import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { uuidv7 } from '../../platform/database/ids.js';
import type { ServerKey } from '../../platform/keyring/server-keys.js';

const generate = promisify(generateKeyPair);

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JsonWebKey;
}

function jwkOf(publicKey: KeyObject, id: string): JsonWebKey {
  return { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'ES256', use: 'sig' };
}

export async function createSigningKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = await generate('ec', { namedCurve: 'P-256' });
  const id = uuidv7();
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  return { id, secret, publicJwk: jwkOf(publicKey, id) };
}

// The public key is derived from the encrypted private key: write access to the database must not
// be enough to make us trust a key.
export function toSigningKey(id: string, secret: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  return { id, privateKey, publicKey, publicJwk: jwkOf(publicKey, id) };
}
