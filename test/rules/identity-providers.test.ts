import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TrustedIssuers } from '../../src/platform/config/trusted-issuers.js';
import { toIssuerToken } from '../../src/users/issuers/issuer-token.js';
import { REASONS } from '../../src/users/issuers/issuers.problems.js';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/integrate/identity-provider.md'), 'utf8');

const blocks = Array.from(text.matchAll(/^```json\n([^]*?)^```$/gm), ([, json = '']) => json);
const entries = blocks.flatMap((json) => TrustedIssuers.parse(json));

const always = { sub: 'a-person', iat: 1_800_000_000, exp: 1_800_003_600 };

/** Claims as the providers document them, and the name, the session and the role in them. */
const CLAIMS = {
  'my-provider': [
    { aud: 'latchkey', name: 'Cleo', sid: 'sign-in' },
    { name: 'Cleo', session: 'sign-in', role: 'user' },
  ],
  keycloak: [
    {
      aud: ['latchkey', 'account'],
      name: 'Cleo',
      sid: 'sign-in',
      realm_access: { roles: ['offline_access', 'latchkey-admin'] },
    },
    { name: 'Cleo', session: 'sign-in', role: 'admin' },
  ],
  auth0: [
    {
      aud: ['https://watch.example.org', 'https://TENANT.auth0.com/userinfo'],
      'https://watch.example.org/name': 'Cleo',
    },
    { name: 'Cleo', session: undefined, role: 'user' },
  ],
  entra: [
    { aud: 'CLIENT_ID_OF_THE_API', name: 'Cleo', sid: 'sign-in', roles: ['Latchkey.Admin'] },
    { name: 'Cleo', session: 'sign-in', role: 'admin' },
  ],
  cognito: [
    {
      client_id: 'APP_CLIENT_ID',
      username: 'cleo',
      origin_jti: 'sign-in',
      'cognito:groups': ['latchkey-admins'],
    },
    { name: 'cleo', session: 'sign-in', role: 'admin' },
  ],
  firebase: [
    { aud: 'PROJECT', name: 'Cleo', auth_time: 1_799_999_000 },
    { name: 'Cleo', session: undefined, role: 'user' },
  ],
  supabase: [
    { aud: 'authenticated', session_id: 'sign-in', user_metadata: { full_name: 'Cleo' } },
    { name: 'Cleo', session: 'sign-in', role: 'user' },
  ],
} as const;

describe('docs/integrate/identity-provider.md', () => {
  it('docs/integrate/identity-provider.md has one entry for each provider of this test', () => {
    expect(entries.map(({ name }) => name)).toEqual(Object.keys(CLAIMS));
  });

  it.each(Object.entries(CLAIMS))(
    'the entry in docs/integrate/identity-provider.md reads the claims of its provider: %s',
    (name, [claims, expected]) => {
      const [entry] = entries.filter((each) => each.name === name);
      if (!entry) throw new Error(`There is no entry ${name}.`);
      expect(toIssuerToken(entry, { ...always, ...claims })).toMatchObject(expected);
    },
  );

  it('the entries of all providers can be used together', () => {
    expect(TrustedIssuers.parse(JSON.stringify(entries))).toEqual(entries);
  });

  it('docs/integrate/identity-provider.md explains every reason of a refusal, in the order of the checks', () => {
    const rows = Array.from(text.matchAll(/^\| `([a-z_]+)` +\| .+ \| .+\. +\|$/gm), ([, at]) => at);
    expect(rows).toEqual(Object.keys(REASONS));
  });

  it('docs/integrate/identity-provider.md names the defaults of the configuration', () => {
    const [{ algorithms, claims, users } = { algorithms: [], claims: {}, users: '' }] = entries;
    const defaults = Array.from(
      text.matchAll(/^\| `([\w.]+)` +\| (.+?) +\| /gm),
      ([, ...row]) => row,
    );
    const ofClaims = Object.entries(claims).map(([name, at]) => [`claims.${name}`, `\`${at}\``]);
    expect(defaults).toEqual(
      expect.arrayContaining([
        ['algorithms', algorithms.join(', ')],
        ...ofClaims,
        ['users', `\`${users}\``],
      ]),
    );
  });
});
