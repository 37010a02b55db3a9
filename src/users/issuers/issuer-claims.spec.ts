import { describe, expect, it } from 'vitest';
import { testConfig } from '../../../test/support/config.js';
import { type IssuerToken, toIssuerToken } from './issuer-token.js';

const NOW = 1_800_000_000;

type Claims = Record<string, unknown>;

function tokenOf(claims: Claims, settings: Claims = {}): IssuerToken {
  const entry = {
    name: 'a',
    issuer: 'https://id.example.org',
    audience: ['latchkey'],
    ...settings,
  };
  const [issuer] = testConfig({ TRUSTED_ISSUERS: JSON.stringify([entry]) }).TRUSTED_ISSUERS;
  if (!issuer) throw new Error('no issuer');
  const times = { iat: NOW, exp: NOW + 300 };
  return toIssuerToken(issuer, { sub: 'ann', aud: 'latchkey', ...times, ...claims });
}

describe('the tokens of well-known providers', () => {
  it('a token of Keycloak has its session, its name and its roles', () => {
    const claims = {
      aud: ['latchkey', 'account'],
      typ: 'Bearer',
      azp: 'app',
      sub: 'f2c1a4de-7a4b-4f0e-9c3f-0c8d3d0a4c11',
      sid: '7d0a',
      auth_time: NOW - 5,
      realm_access: { roles: ['offline_access', 'moderators'] },
      name: 'Ann Example',
      email: 'ann@example.org',
    };
    const roles = { admin: { claim: '/realm_access/roles', values: ['moderators', 'staff'] } };
    expect(tokenOf(claims, { roles })).toMatchObject({
      session: '7d0a',
      name: 'Ann Example',
      role: 'admin',
      authenticatedAt: NOW - 5,
    });
  });

  it('a token of Auth0 has names and roles in claims with a namespace', () => {
    const claims = {
      aud: ['https://api.example.org', 'https://tenant.auth0.com/userinfo'],
      sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      scope: 'openid profile',
      'https://example.org/name': 'Ann',
      'https://example.org/roles': ['Admin'],
    };
    const settings = {
      audience: ['https://api.example.org'],
      claims: { name: '/https:~1~1example.org~1name' },
      roles: { admin: { claim: '/https:~1~1example.org~1roles', values: ['Admin'] } },
    };
    expect(tokenOf(claims, settings)).toMatchObject({
      subject: 'auth0|5f7c8ec7c33c6c004bbafe82',
      session: undefined,
      name: 'Ann',
      role: 'admin',
    });
  });

  it('a token of Entra ID has its session in sid and its roles in a list', () => {
    const claims = {
      aud: '00000000-0000-0000-0000-000000000001',
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      sid: '00225bd6-9b7c-4f4b-8f3a-1a1d2a0a3a4b',
      nbf: NOW,
      oid: '00000000-0000-0000-66f3-3332eca7ea81',
      name: 'Ann Example',
      preferred_username: 'ann@example.org',
      roles: ['Watch.Admin'],
      ver: '2.0',
    };
    const settings = {
      audience: ['00000000-0000-0000-0000-000000000001'],
      roles: { admin: { claim: '/roles', values: ['Watch.Admin'] } },
    };
    expect(tokenOf(claims, settings)).toMatchObject({ name: 'Ann Example', role: 'admin' });
  });

  it('an access token of Cognito has its audience in client_id, and no name', () => {
    const claims = {
      aud: undefined,
      client_id: '1example23456789',
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      origin_jti: 'cccccccc-dddd-eeee-aaaa-bbbbbbbbbbbb',
      token_use: 'access',
      username: 'ann',
      auth_time: NOW - 10,
      'cognito:groups': ['hosts'],
    };
    const settings = {
      audience: ['1example23456789'],
      claims: { audience: '/client_id', session: '/origin_jti' },
      roles: { admin: { claim: '/cognito:groups', values: ['hosts'] } },
    };
    expect(tokenOf(claims, settings)).toMatchObject({
      session: 'cccccccc-dddd-eeee-aaaa-bbbbbbbbbbbb',
      name: undefined,
      role: 'admin',
      authenticatedAt: NOW - 10,
    });
  });

  it('a token of Firebase has neither a session nor, for some people, a name', () => {
    const claims = {
      aud: 'my-project',
      auth_time: NOW - 20,
      user_id: 'abc',
      sub: 'abc',
      firebase: { identities: {}, sign_in_provider: 'anonymous' },
    };
    expect(tokenOf(claims, { audience: ['my-project'] })).toMatchObject({
      subject: 'abc',
      session: undefined,
      name: undefined,
      authenticatedAt: NOW - 20,
    });
  });
});

describe('the name of a token', () => {
  const nameOf = (name: unknown) => tokenOf({ name }).name;

  it('a name is cut to 80 characters', () => {
    expect(nameOf('a'.repeat(80))).toBe('a'.repeat(80));
    expect(nameOf('a'.repeat(500))).toBe('a'.repeat(80));
    expect(nameOf('😀'.repeat(100))).toBe('😀'.repeat(80));
    expect(nameOf(`${'a'.repeat(79)} b`)).toBe('a'.repeat(79));
    expect(nameOf('e\u0301'.repeat(90))).toBe('é'.repeat(80));
  });

  it('a name has no blanks around it', () => {
    expect(nameOf('  Ann Example\n')).toBe('Ann Example');
  });

  it.each([
    undefined,
    null,
    '',
    '   ',
    5,
    true,
    ['Ann'],
    { first: 'Ann' },
    'a\0b',
    'a\u001bb',
    '\u200b',
    'ann@example.org',
    ' Ann.Example+tv@mail.example.org ',
    'a\u202eb',
    'a\ud800',
  ])('the odd name %j counts as missing', (name) => {
    expect(nameOf(name)).toBeUndefined();
  });

  it('an e-mail address beside a missing name is not read', () => {
    const { name } = tokenOf({ email: 'ann@example.org', preferred_username: 'ann@example.org' });
    expect(name).toBeUndefined();
  });
});

describe('the role of a token', () => {
  const roles = { admin: { claim: '/realm_access/roles', values: ['boss', 'chief'] } };
  const roleOf = (value: unknown) => tokenOf({ realm_access: { roles: value } }, { roles }).role;

  it.each(['boss', ['chief'], ['a', 'boss', 7]])('%j makes an administrator', (value) => {
    expect(roleOf(value)).toBe('admin');
  });

  it.each([
    undefined,
    null,
    '',
    'Boss',
    'boss ',
    'bossy',
    5,
    true,
    {},
    { boss: true },
    [],
    ['other'],
    [['boss']],
    [null],
  ])('the claim %j means an ordinary user, and is no error', (value) => {
    expect(roleOf(value)).toBe('user');
  });

  it.each([undefined, null, 'roles', ['roles']])(
    'the parent %j of the claim is no error',
    (value) => {
      expect(tokenOf({ realm_access: value }, { roles }).role).toBe('user');
    },
  );

  it('without roles in the entry, no claim makes an administrator', () => {
    expect(
      tokenOf({ role: 'admin', roles: ['admin'], realm_access: { roles: ['admin'] } }).role,
    ).toBe('user');
  });

  it('claims of administrators win over those of producers', () => {
    const both = {
      producer: { claim: '/groups', values: ['p'] },
      admin: { claim: '/groups', values: ['a'] },
    };
    expect(tokenOf({ groups: ['p', 'a'] }, { roles: both }).role).toBe('admin');
  });
});
