import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { createIssuerKey, type IssuerKey, TestIssuer, trusting } from '../../support/issuer.js';
import type { SignedIn } from '../../support/shapes.js';

let listed: TestIssuer;
let elsewhere: TestIssuer;
let server: TestApp;

const statusOf = async (accessToken: string) =>
  (await server.anyone.as({ accessToken } as SignedIn).get<{ reason?: string }>('/v1/me')).body;

beforeAll(async () => {
  listed = await TestIssuer.start();
  elsewhere = await TestIssuer.start();
  listed.keys = [
    await createIssuerKey('elliptic'),
    await createIssuerKey('rsa', 'RS256'),
    await createIssuerKey('pss', 'PS256'),
    await createIssuerKey('edwards', 'EdDSA'),
    await createIssuerKey('longer', 'ES384'),
  ];
  const jwks = { keys: listed.keys.map(({ publicJwk }) => publicJwk) };
  const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384'];
  server = await startApp(
    trusting(
      listed.entry({ name: 'listed', jwks, algorithms }),
      elsewhere.entry({ name: 'elsewhere', jwksUrl: `${elsewhere.url}/other/keys` }),
    ),
  );
});
afterAll(async () => {
  await server.stop();
  await listed.close();
  await elsewhere.close();
});

describe('keys in the configuration', () => {
  it.each([0, 1, 2, 3, 4])('the key number %d of the list is accepted', async (index) => {
    const key = listed.keys[index] as IssuerKey;
    expect(await statusOf(await listed.sign({}, {}, key))).toMatchObject({ kind: 'external' });
  });

  it('an unknown key id is refused with 401, and causes no request', async () => {
    const stranger = await createIssuerKey('stranger');
    for (let time = 0; time < 3; time += 1)
      expect(await statusOf(await listed.sign({}, {}, stranger))).toMatchObject({
        reason: 'key_unknown',
      });
    expect(listed.requests).toEqual([]);
  });

  it('the key of another issuer is refused', async () => {
    const [key] = elsewhere.keys;
    expect(await statusOf(await listed.sign({}, {}, key))).toMatchObject({ reason: 'key_unknown' });
  });

  it('a key for another algorithm is refused', async () => {
    const [elliptic] = listed.keys as [IssuerKey];
    const text = await listed.sign({}, { kid: 'rsa' }, elliptic);
    expect(await statusOf(text)).toMatchObject({
      reason: expect.stringMatching(/key_unknown|signature/),
    });
  });
});

describe('keys at an address of the configuration', () => {
  it('the keys are read there, without discovery', async () => {
    expect(await statusOf(await elsewhere.sign())).toMatchObject({ kind: 'external' });
    expect(new Set(elsewhere.requests)).toEqual(new Set(['/other/keys']));
  });
});
