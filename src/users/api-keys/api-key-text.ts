import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SCHEME = 'lk_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 256 bits. */
const RANDOM_LENGTH = 43;
/** Enough for every CRC-32. */
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${SCHEME}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);
/** Enough to tell keys apart; 220 random bits stay unknown. */
const PREFIX_LENGTH = SCHEME.length + 6;

/** A secret as it is stored. */
export interface StoredSecret {
  readonly hash: Buffer;
  readonly prefix: string;
}

export function drawApiKey(): string {
  const signs = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const random = signs.join('');
  return `${SCHEME}${random}${checksumOf(random)}`;
}

/** Other credentials begin with `lk` and another letter. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** Whether form and checksum are right, so that a mistyped key needs no look-up. */
export function isApiKey(text: string): boolean {
  if (!FORM.test(text)) return false;
  const end = SCHEME.length + RANDOM_LENGTH;
  return checksumOf(text.slice(SCHEME.length, end)) === text.slice(end);
}

export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export function storedFormOf(key: string): StoredSecret {
  return { hash: hashOf(key), prefix: key.slice(0, PREFIX_LENGTH) };
}

/** The CRC-32 (IEEE) in base 62, most significant digit first. */
function checksumOf(random: string): string {
  let rest = crc32(random);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
