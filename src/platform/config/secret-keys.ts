import { z } from 'zod';

const PLACEHOLDER = /change.?me|placeholder|your.?secret|generate.?me/i;

function faultOf(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes < 32) return `has ${bytes} bytes; use at least 32 (openssl rand -base64 32)`;
  // A random text of 32 characters practically never has so few different characters.
  if (new Set(text).size < 5) return 'repeats a few characters; use a random text';
  if (PLACEHOLDER.test(text)) return 'looks like a placeholder; use a random text';
  return undefined;
}

/** Comma-separated keys: the first key encrypts, all keys decrypt. */
export const SecretKeys = z.string().transform((value, context) => {
  const keys = value.split(',').map((key) => key.trim());
  keys.forEach((key, index) => {
    const fault = faultOf(key);
    if (fault) context.addIssue({ code: 'custom', message: `key ${index + 1} ${fault}` });
  });
  if (new Set(keys).size < keys.length)
    context.addIssue({ code: 'custom', message: 'names the same key twice' });
  return keys;
});
