import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCredentials } from './credentials.js';
import { DEMO_PASSWORD } from './demo.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-credentials-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const passwordsOf = (isEmbedded: boolean) =>
  keepCredentials(folder, isEmbedded).users.map(({ password }) => password);

describe('the passwords of Ann and Ben', () => {
  it('the sandbox uses the password of the reference in its own database', () => {
    expect(passwordsOf(true)).toEqual([DEMO_PASSWORD, DEMO_PASSWORD]);
    expect(keepCredentials(folder, true).admin.password).not.toBe(DEMO_PASSWORD);
  });

  it('the sandbox draws passwords for another database, and keeps them', () => {
    for (const _ of ['first run', 'after a run with the own database']) {
      const [ann, ben] = passwordsOf(false);
      expect(new Set([ann, ben, DEMO_PASSWORD]).size).toBe(3);
      expect(passwordsOf(true)).toEqual([DEMO_PASSWORD, DEMO_PASSWORD]);
      expect(passwordsOf(false)).toEqual([ann, ben]);
    }
  });
});
