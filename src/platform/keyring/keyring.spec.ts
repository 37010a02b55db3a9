import { describe, expect, it } from 'vitest';
import { testConfig } from '../../../test/support/config.js';
import { Keyring, type EncryptionContext, Unreadable } from './keyring.js';

const OLD = 'f3b1c5a79d0e4826b8f7d1c2e5a4093867bd1f2e';
const NEW = '0c9a8b7d6e5f40312233445566778899aabbccdd';
const OTHER = '7d6e5f4031223344556677889900aabbccddeeff';
const HEAD = 1 + 12 + 16;

const context: EncryptionContext = { purpose: 'room token', owner: 'room one', version: 3 };
const secret = Buffer.from('the vendor’s token');

function keyring(...keys: string[]): Keyring {
  return new Keyring(testConfig({ SECRET_KEYS: keys.join(',') }));
}

const ring = keyring(OLD);

describe('sealed secrets', () => {
  it.each([
    ['a text', secret],
    ['nothing', Buffer.alloc(0)],
    ['16 KiB', Buffer.alloc(16_384, 7)],
  ])('a sealed secret opens again: %s', (_, text) => {
    expect(ring.open(context, ring.seal(context, text))).toEqual(text);
  });

  it('a sealed secret has a version, an IV of 12 bytes that never repeats, and a tag of 16 bytes', () => {
    const sealed = Array.from({ length: 500 }, () => ring.seal(context, secret).bytes);
    const ivs = sealed.map((bytes) => bytes.subarray(1, 13).toString('hex'));
    expect(new Set(ivs).size).toBe(500);
    expect(sealed.map((bytes) => bytes[0])).toEqual(Array(500).fill(1));
    expect(sealed[0]).toHaveLength(HEAD + secret.length);
  });

  it('a sealed secret does not contain the secret, and its key id does not contain the key', () => {
    const { bytes, keyId } = ring.seal(context, secret);
    expect(bytes.includes(secret)).toBe(false);
    expect(keyId).toMatch(/^[0-9a-f]{12}$/);
    expect(OLD).not.toContain(keyId);
  });

  it('a sealed secret does not open with any byte flipped', () => {
    const { keyId, bytes } = ring.seal(context, secret);
    for (let index = 0; index < bytes.length; index += 1) {
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      expect(() => ring.open(context, { keyId, bytes: flipped })).toThrow(Unreadable);
    }
  });

  it('a sealed secret does not open if it is cut short or extended anywhere', () => {
    const { keyId, bytes } = ring.seal(context, secret);
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => ring.open(context, { keyId, bytes: bytes.subarray(0, length) })).toThrow(
        Unreadable,
      );
    const longer = Buffer.concat([bytes, Buffer.of(0)]);
    expect(() => ring.open(context, { keyId, bytes: longer })).toThrow(Unreadable);
  });

  it.each<[string, Partial<EncryptionContext>]>([
    ['another owner', { owner: 'room two' }],
    ['an older version', { version: 2 }],
    ['a newer version', { version: 4 }],
    ['another purpose', { purpose: 'server key signing' }],
  ])('a sealed secret does not open for %s', (_, difference) => {
    const sealed = ring.seal(context, secret);
    expect(() => ring.open({ ...context, ...difference }, sealed)).toThrow(Unreadable);
  });

  it('a sealed secret does not open if its key id is not configured', () => {
    const { bytes } = ring.seal(context, secret);
    expect(() => ring.open(context, { keyId: '000000000000', bytes })).toThrow(Unreadable);
    expect(() => ring.open(context, { keyId: '', bytes })).toThrow(Unreadable);
  });

  it('a sealed secret does not open under another configured key', () => {
    const both = keyring(NEW, OLD);
    const { bytes } = ring.seal(context, secret);
    const [newId = ''] = both.keyIds;
    expect(() => both.open(context, { keyId: newId, bytes })).toThrow(Unreadable);
  });

  it('the error of a failed opening reveals neither the secret nor the key', () => {
    const { keyId, bytes } = ring.seal(context, secret);
    try {
      ring.open({ ...context, version: 9 }, { keyId, bytes });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toMatch(new RegExp(`${OLD}|${secret.toString()}`));
      expect(error).not.toHaveProperty('cause');
    }
  });
});

describe('several keys', () => {
  it('the first key seals and every key opens, which allows a rotation without an outage', () => {
    const sealedBefore = ring.seal(context, secret);
    const appended = keyring(OLD, NEW);
    const moved = keyring(NEW, OLD);
    expect(appended.seal(context, secret).keyId).toBe(sealedBefore.keyId);
    const sealedAfter = moved.seal(context, secret);
    expect(sealedAfter.keyId).not.toBe(sealedBefore.keyId);
    for (const replica of [appended, moved])
      for (const sealed of [sealedBefore, sealedAfter])
        expect(replica.open(context, sealed)).toEqual(secret);
    expect(() => keyring(NEW).open(context, sealedBefore)).toThrow(Unreadable);
    expect(keyring(NEW).open(context, sealedAfter)).toEqual(secret);
  });

  it('the id of a key depends only on the key', () => {
    const [first, second, third] = keyring(OLD, NEW, OTHER).keyIds;
    expect(keyring(OTHER, OLD, NEW).keyIds).toEqual([third, first, second]);
    expect(new Set([first, second, third]).size).toBe(3);
  });
});
