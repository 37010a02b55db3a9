import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { occupiedPort } from '../test/support/sandbox-process.js';
import { CLEO } from './demo.js';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.js';

const password = 'five quiet foxes';
let provider: IdentityProvider;

async function start(): Promise<IdentityProvider> {
  const { server, port } = await occupiedPort();
  await new Promise((closed) => server.close(closed));
  return startIdentityProvider({ port, password });
}

beforeAll(async () => {
  provider = await start();
});
afterAll(() => provider.close());

async function read(path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${provider.issuer}${path}`)).json()) as Record<string, unknown>;
}

async function signIn(changes: Record<string, string> = {}) {
  const body = new URLSearchParams({ ...provider.formOf(CLEO), ...changes });
  const response = await fetch(provider.tokenUrl, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

it('an access token of the provider verifies with the keys of its discovery document', async () => {
  const { issuer, jwks_uri } = await read('/.well-known/openid-configuration');
  expect([issuer, jwks_uri]).toEqual([provider.issuer, `${provider.issuer}/jwks`]);
  const { body } = await signIn();
  const keys = createLocalJWKSet((await read('/jwks')) as unknown as JSONWebKeySet);
  const { payload } = await jwtVerify(body['access_token'] ?? '', keys, {
    issuer: provider.issuer,
    audience: 'latchkey',
  });
  expect(payload).toMatchObject({
    sub: CLEO.sub,
    name: 'Cleo',
    sid: expect.any(String),
    auth_time: payload.iat,
    exp: (payload.iat ?? 0) + 3600,
  });
});

it('two sign-ins of one person have different sessions', async () => {
  const sessionOf = async () => {
    const [, claims = ''] = (await signIn()).body['access_token']?.split('.') ?? [];
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sid: string }).sid;
  };
  expect(await sessionOf()).not.toBe(await sessionOf());
});

it.each([[{ password: 'wrong' }], [{ username: 'eve' }], [{ username: CLEO.sub }]])(
  'the provider refuses a wrong username or password: %o',
  async (changes) => {
    const { status, body } = await signIn(changes);
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    expect(body).not.toHaveProperty('access_token');
  },
);

it('a port in use is named in one sentence', async () => {
  const { server, port } = await occupiedPort();
  await expect(startIdentityProvider({ port, password })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use: choose another port for the identity provider.`,
  );
  server.close();
});

it('a provider that was closed answers nobody, and may be closed again', async () => {
  const other = await start();
  await other.close();
  await other.close();
  await expect(fetch(other.tokenUrl)).rejects.toThrow('fetch failed');
});
