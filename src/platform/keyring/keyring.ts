import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../tasks/bounded-map.js';
import { Config } from '../config/config.js';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** Maximum number of derived keys in memory; live rooms need one each. */
const REMEMBERED = 10_000;

/** An encrypted secret: the id of its key of `SECRET_KEYS`, and the ciphertext. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** Binds a secret to its place, outside of which it cannot be decrypted. */
export interface EncryptionContext {
  readonly purpose: string;
  /** Its owner, such as the id of a room; each pair of purpose and owner has its own key. */
  readonly owner: string;
  readonly version: number;
}

/** A ciphertext that cannot be decrypted: the key or the context is wrong, or it was changed. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

interface RootKey {
  readonly id: string;
  readonly material: Buffer;
}

function derive(material: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', material, 'latchkey', info, 32));
}

function toRootKey(text: string): RootKey {
  const material = Buffer.from(text);
  return { id: derive(material, 'key id').toString('hex').slice(0, 12), material };
}

/** AES-256-GCM with a key per purpose and owner (HKDF); the first key encrypts, all decrypt. */
@Injectable()
export class Keyring {
  private readonly keys: ReadonlyMap<string, RootKey>;
  private readonly current: RootKey;
  private readonly derived = new BoundedMap<KeyObject>(REMEMBERED);

  constructor(config: Config) {
    const keys = config.SECRET_KEYS.map(toRootKey);
    this.keys = new Map(keys.map((key) => [key.id, key]));
    this.current = keys[0] as RootKey;
  }

  get keyIds(): string[] {
    return [...this.keys.keys()];
  }

  seal(context: EncryptionContext, secret: Buffer): Sealed {
    const { id } = this.current;
    const iv = randomBytes(IV_BYTES);
    const key = this.keyFor(this.current, context);
    const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(context, id));
    const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
    const bytes = Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), ciphertext]);
    return { keyId: id, bytes };
  }

  /** @throws {Unreadable} if it was not encrypted here and for this context, or was changed */
  open(context: EncryptionContext, { keyId, bytes }: Sealed): Buffer {
    const root = this.keys.get(keyId);
    if (!root) throw new Unreadable('sealed under a key that is not configured');
    const head = 1 + IV_BYTES + TAG_BYTES;
    if (bytes.length < head || bytes[0] !== VERSION) throw new Unreadable('not a sealed secret');
    const iv = bytes.subarray(1, 1 + IV_BYTES);
    const key = this.keyFor(root, context);
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(context, keyId));
    decipher.setAuthTag(bytes.subarray(1 + IV_BYTES, head));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]);
    } catch {
      throw new Unreadable('does not belong here, or was changed');
    }
  }

  /** Derives a key, and remembers it: every join of a live room needs its key again. */
  private keyFor({ id, material }: RootKey, { purpose, owner }: EncryptionContext): KeyObject {
    const name = `${id}|${purpose}|${owner}`;
    const known = this.derived.get(name);
    if (known) return known;
    const key = createSecretKey(derive(material, `${purpose}|${owner}`));
    this.derived.set(name, key);
    return key;
  }
}

function additionalData({ purpose, owner, version }: EncryptionContext, keyId: string): Buffer {
  return Buffer.from([VERSION, purpose, owner, version, keyId].join('|'));
}
