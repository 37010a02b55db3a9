import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testConfig, testEnvironment } from '../../../test/support/config.js';
import { ConfigurationError } from './config.js';

/** A text in every value of an entry, which no message may contain. */
const VALUE = 'hush-hush';
const GOOD = {
  name: 'first',
  issuer: `https://${VALUE}.example.org`,
  audience: [VALUE],
};
const PUBLIC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  format: 'jwk',
});
const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
  format: 'jwk',
});

type Entry = Record<string, unknown>;
const without = (field: string): Entry =>
  Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== field));
const numbered = (count: number): Entry[] =>
  Array.from({ length: count }, (_, number) => ({
    ...GOOD,
    name: `issuer-${number}`,
    issuer: `https://issuer-${number}.example.org`,
  }));

function faultsOf(text: string, overrides: Record<string, string> = {}): readonly string[] {
  try {
    testConfig({ TRUSTED_ISSUERS: text, ...overrides });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

const faultsOfEntries = (...entries: unknown[]) => faultsOf(JSON.stringify(entries));
const parsed = (...entries: Entry[]) =>
  testConfig({ TRUSTED_ISSUERS: JSON.stringify(entries) }).TRUSTED_ISSUERS;

/** Each faulty entry, with the field that the message must name. */
const FAULTY: [what: string, entry: unknown, field: string][] = [
  ['an unknown field', { ...GOOD, jwksURL: VALUE }, 'jwksURL'],
  ['an unknown field of claims', { ...GOOD, claims: { sub: VALUE } }, 'claims.sub'],
  ['an unknown role', { ...GOOD, roles: { owner: VALUE } }, 'roles.owner'],
  [
    'an unknown field of client',
    { ...GOOD, client: { id: 'a', label: 'b', key: VALUE } },
    'client.key',
  ],
  ['no name', without('name'), 'name'],
  ['no issuer', without('issuer'), 'issuer'],
  ['no audience', without('audience'), 'audience'],
  ['a name that is no slug', { ...GOOD, name: `${VALUE}_` }, 'name'],
  ['a name of another type', { ...GOOD, name: 7 }, 'name'],
  ['an empty issuer', { ...GOOD, issuer: '' }, 'issuer'],
  ['an issuer of another type', { ...GOOD, issuer: [VALUE] }, 'issuer'],
  ['an audience that is no list', { ...GOOD, audience: VALUE }, 'audience'],
  ['an empty list of audiences', { ...GOOD, audience: [] }, 'audience'],
  ['an audience of another type', { ...GOOD, audience: [5] }, 'audience'],
  ['the algorithm HS256', { ...GOOD, algorithms: ['RS256', 'HS256'] }, 'algorithms'],
  ['the algorithm HS512', { ...GOOD, algorithms: ['HS512'] }, 'algorithms'],
  ['the algorithm none', { ...GOOD, algorithms: ['none'] }, 'algorithms'],
  ['the algorithm None in other letters', { ...GOOD, algorithms: ['None'] }, 'algorithms'],
  ['an unknown algorithm', { ...GOOD, algorithms: [VALUE] }, 'algorithms'],
  ['no algorithm', { ...GOOD, algorithms: [] }, 'algorithms'],
  ['http without allowHttp', { ...GOOD, issuer: `http://${VALUE}` }, 'issuer'],
  ['http in capitals without allowHttp', { ...GOOD, issuer: `HTTP://${VALUE}` }, 'issuer'],
  [
    'http beside jwks',
    { ...GOOD, issuer: `http://${VALUE}`, jwks: { keys: [PUBLIC_KEY] } },
    'issuer',
  ],
  ['http keys without allowHttp', { ...GOOD, jwksUrl: `http://${VALUE}` }, 'jwksUrl'],
  ['keys of another scheme', { ...GOOD, jwksUrl: `file:///${VALUE}`, allowHttp: true }, 'jwksUrl'],
  ['keys at no address', { ...GOOD, jwksUrl: VALUE }, 'jwksUrl'],
  ['an issuer that is no address, without keys', { ...GOOD, issuer: VALUE }, 'issuer'],
  ['an issuer of another scheme, without keys', { ...GOOD, issuer: `ftp://${VALUE}` }, 'issuer'],
  [
    'a namespace of our own',
    { ...GOOD, issuer: `external:${VALUE}`, jwks: { keys: [PUBLIC_KEY] } },
    'issuer',
  ],
  ['allowHttp of another type', { ...GOOD, allowHttp: VALUE }, 'allowHttp'],
  [
    'jwksUrl and jwks',
    { ...GOOD, jwksUrl: `https://${VALUE}`, jwks: { keys: [PUBLIC_KEY] } },
    'jwks',
  ],
  ['jwks that is a list', { ...GOOD, jwks: [PUBLIC_KEY] }, 'jwks'],
  ['jwks without keys', { ...GOOD, jwks: { keys: [] } }, 'jwks.keys'],
  [
    'jwks with a private key',
    { ...GOOD, jwks: { keys: [PUBLIC_KEY, PRIVATE_KEY] } },
    'jwks.keys.1.d',
  ],
  ['jwks with a secret', { ...GOOD, jwks: { keys: [{ kty: 'oct', k: VALUE }] } }, 'jwks.keys.0'],
  ['jwks with a text', { ...GOOD, jwks: { keys: [VALUE] } }, 'jwks.keys.0'],
  ['a pointer without a slash', { ...GOOD, claims: { name: VALUE } }, 'claims.name'],
  ['a pointer with a bad escape', { ...GOOD, claims: { name: `/${VALUE}~2` } }, 'claims.name'],
  [
    'a pointer that ends within an escape',
    { ...GOOD, claims: { session: `/${VALUE}~` } },
    'claims.session',
  ],
  ['an empty pointer', { ...GOOD, claims: { audience: '' } }, 'claims.audience'],
  ['a pointer of another type', { ...GOOD, claims: { audience: 3 } }, 'claims.audience'],
  ['roles without a role', { ...GOOD, roles: {} }, 'roles'],
  [
    'a role without values',
    { ...GOOD, roles: { admin: { claim: '/r', values: [] } } },
    'roles.admin.values',
  ],
  [
    'a role without a claim',
    { ...GOOD, roles: { admin: { values: [VALUE] } } },
    'roles.admin.claim',
  ],
  ['an unknown policy of users', { ...GOOD, users: VALUE }, 'users'],
  ['a client without an id', { ...GOOD, client: { label: VALUE } }, 'client.id'],
  ['a client without a label', { ...GOOD, client: { id: VALUE } }, 'client.label'],
];

describe('TRUSTED_ISSUERS', () => {
  it.each(FAULTY)('%s is refused with entry and field', (_, entry, field) => {
    const faults = faultsOfEntries(...numbered(1), entry);
    expect(faults).not.toEqual([]);
    for (const fault of faults) {
      expect(fault).toMatch(/^TRUSTED_ISSUERS: entry 2, [A-Za-z0-9.]+: \S/);
      expect(fault).not.toContain(VALUE);
    }
    const places = faults.map((fault) => /entry 2, ([A-Za-z0-9.]+):/.exec(fault)?.[1]);
    expect(places.some((place) => place === field || place?.startsWith(`${field}.`))).toBe(true);
  });

  it.each([
    ['no JSON', `[{"name": "${VALUE}"`],
    ['an object', JSON.stringify({ ...GOOD })],
    ['a text', JSON.stringify(VALUE)],
    ['null', 'null'],
    ['more than 20 entries', JSON.stringify(numbered(21))],
  ])('%s is refused as a whole', (_, text) => {
    expect(faultsOf(text)).toEqual([expect.stringMatching(/^TRUSTED_ISSUERS: must /)]);
    expect(faultsOf(text).join()).not.toContain(VALUE);
  });

  it.each([[null], ['text'], [5], [[]]])('%j as an entry is refused', (entry) => {
    expect(faultsOfEntries(entry)).toEqual([
      expect.stringMatching(/^TRUSTED_ISSUERS: entry 1: \S/),
    ]);
  });

  it('20 entries are accepted', () => {
    expect(parsed(...numbered(20))).toHaveLength(20);
  });

  it('every fault of several entries is named in one start', () => {
    const faults = faultsOfEntries({ ...GOOD, name: 'A B' }, { ...GOOD, users: VALUE });
    expect(faults).toEqual([
      expect.stringContaining('entry 1, name:'),
      expect.stringContaining('entry 2, users:'),
    ]);
  });

  it.each(['name', 'issuer'] as const)('two entries with the same %s are refused', (field) => {
    const [first, second, third] = numbered(3) as [Entry, Entry, Entry];
    const faults = faultsOfEntries(first, second, { ...third, [field]: first[field] });
    expect(faults).toEqual([expect.stringContaining(`entry 3, ${field}: `)]);
    expect(faults[0]).toContain('entry 1');
    expect(faults[0]).not.toContain(first[field]);
  });

  it('issuers that differ in a slash at the end are two issuers', () => {
    const [first, second] = numbered(2) as [Entry, Entry];
    expect(parsed(first, { ...second, issuer: `${String(first['issuer'])}/` })).toHaveLength(2);
  });

  it('the issuer of our own tokens is refused', () => {
    const own = { ...GOOD, issuer: 'https://auth.example.org' };
    const overrides = { PUBLIC_URL: 'https://auth.example.org' };
    expect(faultsOf(JSON.stringify([own]), overrides)).toEqual([
      expect.stringMatching(/^TRUSTED_ISSUERS: entry 1, issuer: /),
    ]);
  });

  it('the issuer of our own tokens is refused on a server without PUBLIC_URL', () => {
    const own = { ...GOOD, issuer: 'latchkey', jwks: { keys: [PUBLIC_KEY] } };
    expect(faultsOfEntries(own)).toEqual([expect.stringMatching(/entry 1, issuer: /)]);
  });

  it('the optional fields have the defaults of the contract', () => {
    expect(parsed(GOOD)).toEqual([
      {
        ...GOOD,
        allowHttp: false,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
        claims: { audience: '/aud', name: '/name', session: '/sid' },
        users: 'open',
      },
    ]);
  });

  it('a claim that is named leaves the other claims at their defaults', () => {
    expect(parsed({ ...GOOD, claims: { audience: '/client_id' } })).toMatchObject([
      { claims: { audience: '/client_id', name: '/name', session: '/sid' } },
    ]);
  });

  it('the variants with 384 and 512 bits may be named', () => {
    const algorithms = ['RS384', 'RS512', 'PS384', 'PS512', 'ES384', 'ES512'];
    expect(parsed({ ...GOOD, algorithms })).toMatchObject([{ algorithms }]);
  });

  it('an issuer that is no address is accepted with keys of its own', () => {
    const entry = { ...GOOD, issuer: 'my backend', jwks: { keys: [PUBLIC_KEY] } };
    expect(parsed(entry)).toHaveLength(1);
  });

  it('no entry is the default', () => {
    expect(testConfig(testEnvironment).TRUSTED_ISSUERS).toEqual([]);
  });

  it('TRUSTED_ISSUERS_FILE names a file with the list', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-issuers-'));
    try {
      const path = join(folder, 'issuers.json');
      writeFileSync(path, JSON.stringify([GOOD], undefined, 2), { mode: 0o600 });
      const config = testConfig({ TRUSTED_ISSUERS_FILE: path });
      expect(config.TRUSTED_ISSUERS).toMatchObject([GOOD]);
      expect(faultsOf('[]', { TRUSTED_ISSUERS_FILE: path })).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
