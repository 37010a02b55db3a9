import { describe, expect, it } from 'vitest';
import { testConfig } from '../../../test/support/config.js';
import {
  type IssuerToken,
  isOfLaterSignIn,
  refuseByTime,
  toIssuerToken,
  valueAt,
} from './issuer-token.js';
import { IssuerTokenRefused } from './issuers.problems.js';

const ISSUER = 'https://id.example.org';
const NOW = 1_800_000_000;
const CLAIMS = { iss: ISSUER, sub: 'ann', aud: 'latchkey', iat: NOW, exp: NOW + 300 };

type Claims = Record<string, unknown>;

function tokenOf(claims: Claims, settings: Claims = {}): IssuerToken {
  const entry = { name: 'a', issuer: ISSUER, audience: ['latchkey', 'second'], ...settings };
  const [issuer] = testConfig({ TRUSTED_ISSUERS: JSON.stringify([entry]) }).TRUSTED_ISSUERS;
  if (!issuer) throw new Error('no issuer');
  // As a token arrives: fields that are undefined are left out, and Infinity is a large number.
  return toIssuerToken(issuer, JSON.parse(JSON.stringify({ ...CLAIMS, ...claims })) as object);
}

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof IssuerTokenRefused) return error.reason;
    throw error;
  }
}

const ODD = [undefined, null, '', true, [], {}, ['ann'], { sub: 'ann' }];

describe('the claims of a token', () => {
  it.each([...ODD, 5, 'a'.repeat(256), 'a\nb', 'a\0b', '\u0085', '\u2028', 'a\ud800'])(
    'the subject %j is a missing claim',
    (sub) => {
      expect(reasonOf(() => tokenOf({ sub }))).toBe('claim_missing');
    },
  );

  it.each(['a', 'a'.repeat(255), 'auth0|5f7c', 'ä 漢字 😀', '😀'.repeat(255), ' ', '__proto__'])(
    'the subject "%s" is kept as it is',
    (sub) => {
      expect(tokenOf({ sub }).subject).toBe(sub);
    },
  );

  it.each([...ODD, String(NOW + 300), `${NOW}`])('exp or iat %j is a missing claim', (time) => {
    expect(reasonOf(() => tokenOf({ exp: time }))).toBe('claim_missing');
    expect(reasonOf(() => tokenOf({ iat: time }))).toBe('claim_missing');
  });

  it.each(['exp', 'iat'])('%s that is too large for a number is a missing claim', (name) => {
    const claims = JSON.parse(`{"${name}": 1e999}`) as Claims;
    expect(Object.values(claims)).toEqual([Infinity]);
    const [issuer] = testConfig({
      TRUSTED_ISSUERS: JSON.stringify([{ name: 'a', issuer: ISSUER, audience: ['latchkey'] }]),
    }).TRUSTED_ISSUERS;
    if (!issuer) throw new Error('no issuer');
    const refused = reasonOf(() => toIssuerToken(issuer, { ...CLAIMS, ...claims }));
    expect(refused).toBe('claim_missing');
  });

  it.each([
    ...ODD,
    5,
    'other',
    'Latchkey',
    'latchkey ',
    ['other', 5],
    [['latchkey']],
    { latchkey: 1 },
  ])('the audience %j is refused', (aud) => {
    expect(reasonOf(() => tokenOf({ aud }))).toBe('audience');
  });

  it.each(['latchkey', 'second', ['other', 'second'], ['latchkey', 5, null]])(
    'the audience %j has a match, which is enough',
    (aud) => {
      expect(tokenOf({ aud }).subject).toBe('ann');
    },
  );

  it.each([{ jkt: 'a' }, {}, null, 'a', false])('a token with cnf %j is bound', (cnf) => {
    expect(reasonOf(() => tokenOf({ cnf }))).toBe('bound');
  });

  it('a missing claim is named before the audience, and the audience before cnf', () => {
    const wrong = { sub: '', aud: 'other', cnf: { jkt: 'a' } };
    expect(reasonOf(() => tokenOf(wrong))).toBe('claim_missing');
    expect(reasonOf(() => tokenOf({ ...wrong, sub: 'ann' }))).toBe('audience');
  });

  it.each([...ODD.slice(1), String(NOW)])('the odd auth_time %j counts as missing', (time) => {
    expect(tokenOf({ auth_time: time }).authenticatedAt).toBeUndefined();
  });

  it.each([-1e300, -1, 1e300])('the auth_time %d is a time that an answer can express', (time) => {
    const { authenticatedAt = Infinity } = tokenOf({ auth_time: time });
    expect(new Date(authenticatedAt * 1000).getTime()).not.toBeNaN();
  });

  it('auth_time is never later than iat', () => {
    expect(tokenOf({ auth_time: NOW - 60 }).authenticatedAt).toBe(NOW - 60);
    expect(tokenOf({ auth_time: NOW + 60 }).authenticatedAt).toBe(NOW);
  });

  it.each([...ODD.filter((value) => value !== undefined), undefined])(
    'the odd session claim %j counts as missing',
    (sid) => {
      expect(tokenOf({ sid }).session).toBeUndefined();
    },
  );
});

describe('the times of a token', () => {
  const at = (seconds: number) => new Date(seconds * 1000);
  const judge = (claims: Claims, seconds = NOW) =>
    reasonOf(() => refuseByTime(tokenOf(claims), at(seconds)));

  it('a token is accepted until 30 s after exp', () => {
    expect(judge({ exp: NOW - 29 })).toBeUndefined();
    expect(judge({ exp: NOW - 30 })).toBe('expired');
    expect(judge({ exp: -5 })).toBe('expired');
  });

  it('a token is accepted from 30 s before iat and nbf', () => {
    expect(judge({ iat: NOW + 30 })).toBeUndefined();
    expect(judge({ iat: NOW + 31 })).toBe('not_yet_valid');
    expect(judge({ nbf: NOW + 30 })).toBeUndefined();
    expect(judge({ nbf: NOW + 31 })).toBe('not_yet_valid');
  });

  it('times far beyond every calendar are no error', () => {
    const token = tokenOf({ exp: 1e300, iat: -1e300 });
    expect(judge({ exp: 1e300, iat: -1e300 })).toBeUndefined();
    expect(new Date((token.expiresAt + 30) * 1000).getTime()).not.toBeNaN();
    expect(judge({ iat: 1e300 })).toBe('not_yet_valid');
  });

  it('times with fractions of seconds are accepted', () => {
    expect(judge({ exp: NOW + 0.5, iat: NOW - 0.25 })).toBeUndefined();
  });
});

describe('a token after the end of its sign-in', () => {
  const ended = new Date(NOW * 1000 + 500);

  it('every token is good if the sign-in has not ended', () => {
    expect(isOfLaterSignIn(tokenOf({}), null)).toBe(true);
  });

  it('auth_time decides, if there is one', () => {
    const iat = NOW + 100;
    expect(isOfLaterSignIn(tokenOf({ auth_time: NOW, iat, sid: 'a' }), ended)).toBe(false);
    expect(isOfLaterSignIn(tokenOf({ auth_time: NOW + 1, iat, sid: 'a' }), ended)).toBe(true);
    expect(isOfLaterSignIn(tokenOf({ auth_time: NOW, iat }), ended)).toBe(false);
  });

  it('a token of the same session is never later without auth_time', () => {
    expect(isOfLaterSignIn(tokenOf({ sid: 'a', iat: NOW + 10_000 }), ended)).toBe(false);
  });

  it('without auth_time and session, iat decides', () => {
    expect(isOfLaterSignIn(tokenOf({ iat: NOW }), ended)).toBe(false);
    expect(isOfLaterSignIn(tokenOf({ iat: NOW + 1 }), ended)).toBe(true);
  });

  it('an auth_time ahead of iat does not survive the end', () => {
    expect(isOfLaterSignIn(tokenOf({ auth_time: NOW + 9_999, iat: NOW }), ended)).toBe(false);
  });
});

describe('a JSON Pointer', () => {
  const DOCUMENT = {
    'a/b': 1,
    'm~n': 2,
    '~1': 3,
    '': 4,
    list: ['zero', { inner: 5 }],
    'https://example.org/roles': 6,
    null: null,
  };

  it.each([
    ['/a~1b', 1],
    ['/m~0n', 2],
    ['/~01', 3],
    ['/', 4],
    ['/list/0', 'zero'],
    ['/list/1/inner', 5],
    ['/https:~1~1example.org~1roles', 6],
    ['/null', null],
  ])('%s finds its value', (pointer, value) => {
    expect(valueAt(DOCUMENT, pointer)).toBe(value);
  });

  it.each([
    '/missing',
    '/list/2',
    '/list/-',
    '/list/00',
    '/list/0/0',
    '/null/x',
    '/a~1b/x',
    '/constructor',
    '/__proto__/a',
    '/list/1/toString',
  ])('%s leads nowhere', (pointer) => {
    expect(valueAt(DOCUMENT, pointer)).toBeUndefined();
  });
});
