import { describe, expect, it } from 'vitest';
import { testConfig } from '../../../test/support/config.js';
import { issuerNamedBy } from '../../platform/http/jwt-form.js';
import { IssuerTokenRefused } from './issuers.problems.js';
import { readToken, refuseAlgorithm } from './token-text.js';

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'ES256', kid: 'a', typ: 'JWT' };
const CLAIMS = { iss: 'https://id.example.org', sub: 'ann' };
const textOf = (header: unknown, claims: unknown = CLAIMS, signature = 'c2ln') =>
  `${encode(header)}.${encode(claims)}.${signature}`;
const GOOD = textOf(HEADER);
const [first, second, third] = GOOD.split('.') as [string, string, string];

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof IssuerTokenRefused) return error.reason;
    throw error;
  }
}

const MALFORMED: [what: string, text: string][] = [
  ['an empty text', ''],
  ['a word', 'token'],
  ['null as a word', 'null'],
  ['a single dot', '.'],
  ['two dots', '..'],
  ['one part', first],
  ['two parts', `${first}.${second}`],
  ['a missing header', `.${second}.${third}`],
  ['missing claims', `${first}..${third}`],
  ['four parts', `${GOOD}.${third}`],
  ['five parts, as of an encrypted token', `${GOOD}.${third}.${third}`],
  ['a dot at the end', `${GOOD}.`],
  ['a dot at the beginning', `.${GOOD}`],
  ['a blank at the end', `${GOOD} `],
  ['a line break at the end', `${GOOD}\n`],
  ['a line break inside', `${first}.\n${second}.${third}`],
  ['padding', `${first}.${second}=.${third}`],
  ['base64 with other letters', `${first}.${second}.a+/a`],
  ['a null character', `${first}.${second}.a\0`],
  ['a letter beyond ASCII', `${first}.${second}.ä`],
  ['a quoted token', `"${GOOD}"`],
  ['a token with its scheme', `Bearer ${GOOD}`],
  ['a header that is no JSON', textOf('alg')],
  ['a header that is a list', textOf([HEADER])],
  ['a header that is null', textOf(null)],
  ['a header that is a text', textOf('"ES256"')],
  ['a header that is a number', textOf(7)],
  ['a header that is cut', `${first.slice(0, -4)}.${second}.${third}`],
  ['a header that is not UTF-8', `${Buffer.from([0xff, 0xfe]).toString('base64url')}.${second}.c`],
  ['claims that are no JSON', textOf(HEADER, 'sub=ann')],
  ['claims that are a list', textOf(HEADER, [CLAIMS])],
  ['claims that are null', textOf(HEADER, null)],
  ['claims that are a text', textOf(HEADER, '"ann"')],
  ['claims that are true', textOf(HEADER, true)],
  [
    'claims that are not UTF-8',
    `${first}.${Buffer.from([0x7b, 0xc3, 0x7d]).toString('base64url')}.c`,
  ],
  ['a header without alg', textOf({ kid: 'a' })],
  ['an alg of another type', textOf({ ...HEADER, alg: 5 })],
  ['an alg that is a list', textOf({ ...HEADER, alg: ['ES256'] })],
  ['an alg that is null', textOf({ ...HEADER, alg: null })],
  ['a key id that is a number', textOf({ ...HEADER, kid: 1 })],
  ['a key id that is an object', textOf({ ...HEADER, kid: {} })],
  ['crit', textOf({ ...HEADER, crit: ['exp'] })],
  ['an empty crit', textOf({ ...HEADER, crit: [] })],
  ['b64', textOf({ ...HEADER, b64: false })],
  ['b64 with its default', textOf({ ...HEADER, b64: true })],
  ['the type of a logout token', textOf({ ...HEADER, typ: 'logout+jwt' })],
  ['the type of a security event', textOf({ ...HEADER, typ: 'secevent+jwt' })],
  ['the type of a proof of possession', textOf({ ...HEADER, typ: 'dpop+jwt' })],
  ['an empty type', textOf({ ...HEADER, typ: '' })],
  ['a type that is null', textOf({ ...HEADER, typ: null })],
  ['a type that is a number', textOf({ ...HEADER, typ: 1 })],
  ['a text beyond 8 KiB', `${first}.${second}.${'a'.repeat(8_192)}`],
];

describe('the form of a token', () => {
  it.each(MALFORMED)('%s is malformed', (_, text) => {
    expect(reasonOf(() => readToken(text))).toBe('malformed');
  });

  it('a text of 8 KiB is read, and a text of one character more is malformed', () => {
    const room = 8_192 - first.length - second.length - 2;
    const longest = `${first}.${second}.${'a'.repeat(room)}`;
    expect(longest).toHaveLength(8_192);
    expect(readToken(longest).claims).toEqual(CLAIMS);
    expect(reasonOf(() => readToken(`${longest}a`))).toBe('malformed');
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'at+JWT', undefined])('the type %s is accepted', (typ) => {
    expect(readToken(textOf({ ...HEADER, typ })).header.alg).toBe('ES256');
  });

  it('a token without a key id is read', () => {
    expect(readToken(textOf({ alg: 'ES256' })).claims).toEqual(CLAIMS);
  });

  it.each(['jku', 'jwk', 'x5u', 'x5c', 'x5t'])(
    'the header %s does not change the result',
    (name) => {
      expect(readToken(textOf({ ...HEADER, [name]: 'https://evil.example' })).claims).toEqual(
        CLAIMS,
      );
    },
  );
});

describe('the unverified issuer of a text', () => {
  it('the issuer of a token is its claim iss', () => {
    expect(issuerNamedBy(GOOD)).toBe(CLAIMS.iss);
  });

  it.each([undefined, null, 5, true, ['https://id.example.org'], { a: 1 }])(
    'the claim iss %j names no issuer',
    (iss) => {
      expect(issuerNamedBy(textOf(HEADER, { iss, sub: 'ann' }))).toBeUndefined();
    },
  );

  it('an issuer is not taken from the prototype of objects', () => {
    expect(issuerNamedBy(textOf(HEADER, '{"__proto__": {"iss": "https://id.example.org"}}'))).toBe(
      undefined,
    );
  });
});

describe('the algorithm of a token', () => {
  const entry = { name: 'a', issuer: 'https://id.example.org', audience: ['b'] };
  const configured = (algorithms?: string[]) =>
    testConfig({ TRUSTED_ISSUERS: JSON.stringify([{ ...entry, algorithms }]) }).TRUSTED_ISSUERS[0];
  const judge = (alg: string, algorithms?: string[]) => {
    const issuer = configured(algorithms);
    if (!issuer) throw new Error('no issuer');
    return reasonOf(() => refuseAlgorithm(readToken(textOf({ ...HEADER, alg })), issuer));
  };

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('%s is accepted by default', (alg) => {
    expect(judge(alg)).toBeUndefined();
  });

  it.each([
    'none',
    'None',
    'NONE',
    'HS256',
    'HS512',
    'RS384',
    'ES512',
    'es256',
    'ES256K',
    'RSA1_5',
    '',
  ])('the algorithm "%s" is refused by default', (alg) => {
    expect(judge(alg)).toBe('algorithm');
  });

  it('an algorithm that the entry leaves out is refused', () => {
    expect(judge('ES256', ['RS256'])).toBe('algorithm');
    expect(judge('RS512', ['RS512'])).toBeUndefined();
  });
});
