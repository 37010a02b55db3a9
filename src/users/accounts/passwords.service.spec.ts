import { describe, expect, it } from 'vitest';
import type { PasswordRules } from './password-rules.js';
import { DUMMY_HASH, PasswordsService } from './passwords.service.js';

const passwords = new PasswordsService({} as PasswordRules);
const whose = { account: 'ann', network: '192.0.2.1' };
const settingsOf = (hash: string) => hash.split('$').slice(1, 4);

describe('the hash that stands in for an account that does not exist', () => {
  it('costs what a fresh one costs, and is as long', async () => {
    const fresh = await passwords.hash('a password for tests', whose);
    expect(settingsOf(DUMMY_HASH)).toEqual(settingsOf(fresh));
    expect(DUMMY_HASH).toHaveLength(fresh.length);
  });

  it('is compared like any other, and fits nothing', async () => {
    expect(await passwords.matches(DUMMY_HASH, 'nobody', whose)).toBe(false);
    expect(await passwords.matches(undefined, 'a password for tests', whose)).toBe(false);
  });
});
