import { describe, expect, it } from 'vitest';
import type { PasswordRules } from './password-rules.js';
import { DUMMY_HASH, PasswordsService } from './passwords.service.js';

const passwords = new PasswordsService({} as PasswordRules);
const owner = { account: 'ann', network: '192.0.2.1' };
const settingsOf = (hash: string) => hash.split('$').slice(1, 4);

describe('the dummy hash for accounts that do not exist', () => {
  it('the dummy hash has the cost and the length of a fresh hash', async () => {
    const fresh = await passwords.hash('a password for tests', owner);
    expect(settingsOf(DUMMY_HASH)).toEqual(settingsOf(fresh));
    expect(DUMMY_HASH).toHaveLength(fresh.length);
  });

  it('the dummy hash is compared like any other hash, and matches no password', async () => {
    expect(await passwords.matches(DUMMY_HASH, 'nobody', owner)).toBe(false);
    expect(await passwords.matches(undefined, 'a password for tests', owner)).toBe(false);
  });
});
