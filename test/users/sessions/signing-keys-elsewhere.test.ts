import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sentDuring } from '../../support/sent-statements.js';
import { SigningKeyRotation } from '../../../src/users/sessions/signing-key-rotation.service.js';
import { Tasks } from '../../../src/platform/tasks/tasks.service.js';
import { useApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import { gatherCrowd } from '../../support/crowd.js';
import type { SignedIn } from '../../support/shapes.js';
import { signingKeysOf } from '../../support/signing-key-rows.js';
import { keyIdOf } from '../../support/visitor.js';

const server = useApp();

beforeAll(async () => {
  // The task is stopped, because these tests show a replica that does not check the keys by itself.
  await server.app.get(Tasks, { strict: false }).stop('rotate signing keys');
});
afterEach(() => vi.restoreAllMocks());
const replace = () => server.app.get(SigningKeyRotation, { strict: false }).replace();
const statusOf = async (token: string) => {
  const { status } = await server.anyone.get('/v1/me', { authorization: `Bearer ${token}` });
  return status;
};
/** Moves the monotonic clock of this process forward. */
function moveTime(byMs: number): void {
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + byMs);
}

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function forge(kid: string, token = server.admin.token ?? ''): string {
  const head = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }));
  const text = `${head.toString('base64url')}.${token.split('.')[1]}`;
  const key = { key: stranger.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

describe('a signing key of another replica', () => {
  it('a new key is loaded when the first token signed with it arrives', async () => {
    await replace();
    const [face] = await gatherCrowd(testConfig({ DATABASE_URL: server.database.url }), 1);
    expect(await statusOf(face?.accessToken ?? '')).toBe(200);
  });

  it('a new key signs the tokens of a replica that has not checked the keys for long', async () => {
    await replace();
    const [newest] = await signingKeysOf(server.database);
    moveTime(31_000);
    const { signedIn } = await server.signUp();
    expect(keyIdOf(signedIn?.accessToken)).toBe(newest?.id);
  });
});

describe('unknown key ids', () => {
  it('unknown key ids are looked up once a second, however many are sent', async () => {
    // The clock moves past the last look-up.
    moveTime(2_000);
    const startedAt = performance.now();
    const sent = await sentDuring(async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const forged = Array.from({ length: 20 }, () => statusOf(forge(randomUUID())));
        expect(new Set(await Promise.all(forged))).toEqual(new Set([401]));
      }
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const lookUps = sent.filter(({ name }) => name === 'server-keys.find-all');
    expect(lookUps.length).toBeGreaterThanOrEqual(1);
    // The tokens cause one look-up a second; the ticker, up to four in three seconds.
    expect(lookUps.length).toBeLessThanOrEqual(2.4 * seconds + 2);
  });

  it('a row that was not encrypted under SECRET_KEYS adds no key', async () => {
    const id = randomUUID();
    const jwk = { ...stranger.publicKey.export({ format: 'jwk' }), kid: id, alg: 'ES256' };
    const der = stranger.privateKey.export({ format: 'der', type: 'pkcs8' });
    await server.database.query(
      `insert into server_keys (id, purpose, is_current, secret, secret_key_id, public_jwk)
       select $1, 'signing', false, $2, secret_key_id, $3 from server_keys limit 1`,
      [id, der, jwk],
    );
    moveTime(60_000);
    const [{ accessToken }] = [server.admin.signedIn as SignedIn];
    expect(await statusOf(forge(id, accessToken))).toBe(401);
    const { body } = await server.anyone.get('/.well-known/jwks.json');
    expect(JSON.stringify(body)).not.toContain(id);
    expect((await server.signUp()).token).toBeDefined();
  });
});
