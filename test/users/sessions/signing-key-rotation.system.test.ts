import { beforeAll, describe, expect, it } from 'vitest';
import { SigningKeyRotation } from '../../../src/users/sessions/signing-key-rotation.service.js';
import { createSigningKey } from '../../../src/users/sessions/signing-key.js';
import { Database } from '../../../src/platform/database/database.js';
import { KeySuccession } from '../../../src/platform/keyring/key-succession.service.js';
import { useApp } from '../../support/app.js';
import type { SignedIn } from '../../support/shapes.js';
import { signingKeysOf, useNewestFrom } from '../../support/signing-key-rows.js';
import { keepVisiting, keyIdOf, type Visit } from '../../support/visitor.js';

const DAY = 86_400;
let rotation: SigningKeyRotation;

const server = useApp({ ACCESS_TOKEN_TTL: '4' });

beforeAll(async () => {
  rotation = server.app.get(SigningKeyRotation, { strict: false });
});
const rows = () => signingKeysOf(server.database);
async function shownKeys(): Promise<string[]> {
  const { body } = await server.anyone.get<{ keys: { kid: string }[] }>('/.well-known/jwks.json');
  return body.keys.map(({ kid }) => kid);
}
async function refresh({ refreshToken }: SignedIn): Promise<SignedIn> {
  return (await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken })).body;
}
async function waiting(): Promise<number> {
  const locks = await server.database.query(
    `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return locks.length;
}
async function newSession(): Promise<SignedIn> {
  return (await server.signUp()).signedIn as SignedIn;
}

describe('a rotation of the signing key', () => {
  it('no request fails during a rotation, from its first day to the last token of the old key', async () => {
    let isOver = false;
    const people = await Promise.all(Array.from({ length: 5 }, newSession));
    const visits = people.map((each) =>
      keepVisiting(
        () => [server.url],
        each,
        () => isOver,
        (client) => client.get('/v1/me'),
      ),
    );
    const [old = ''] = await shownKeys();

    // The key has signed for longer than a rotation period.
    await useNewestFrom(server.database, -91 * DAY);
    await expect.poll(shownKeys, { timeout: 5_000 }).toEqual([old, expect.any(String)]);
    const [, next = ''] = await shownKeys();
    const [, published] = await rows();
    // The delay is longer than other programs may cache the key set.
    expect(published?.usedIn).toBeGreaterThan(600);
    expect(keyIdOf((await newSession()).accessToken)).toBe(old);

    await useNewestFrom(server.database, 3);
    let last = await newSession();
    const later = await newSession();
    for (let each = later; keyIdOf(each.accessToken) === old; each = await refresh(each))
      last = each;
    expect((await server.anyone.as(last).get('/v1/me')).status).toBe(200);
    expect(await shownKeys()).toEqual([old, next]);

    await expect.poll(shownKeys, { timeout: 15_000 }).toEqual([next]);
    expect(Date.parse(last.accessTokenExpiresAt)).toBeLessThan(Date.now());
    expect((await rows()).map(({ id }) => id)).toEqual([next]);
    isOver = true;
    const ended = await Promise.all(visits);
    expect(ended.flatMap(({ failures }: Visit) => failures)).toEqual([]);
    expect(Math.min(...ended.map(({ asked }) => asked))).toBeGreaterThan(50);
  }, 60_000);

  it('simultaneous rotations by several replicas and operators begin one rotation', async () => {
    const [before] = await rows();
    const begun = await Promise.all(Array.from({ length: 6 }, () => rotation.begin()));
    expect(begun.filter((signsFrom) => signsFrom !== undefined)).toHaveLength(1);
    const after = await rows();
    expect(after.map(({ isNewest }) => isNewest)).toEqual([false, true]);
    expect(after[0]?.id).toBe(before?.id);
    expect(await rotation.begin()).toBeUndefined();
    await useNewestFrom(server.database, -1);
    await expect
      .poll(async () => keyIdOf((await newSession()).accessToken), { timeout: 5_000 })
      .toBe(after[1]?.id);
  });

  it('a rotation does not begin before its time', async () => {
    expect(await rotation.begin(DAY)).toBeUndefined();
  });

  it('an old key is kept for the longest token lifetime of all replicas', async () => {
    await rotation.replace();
    await useNewestFrom(server.database, -DAY);
    await server.database.query(
      `update server_keys set life_seconds = 3600 where purpose = 'signing'`,
    );
    await rotation.begin();
    await useNewestFrom(server.database, -3500);
    await rotation.removeEnded();
    const kept = (await rows()).length;
    await useNewestFrom(server.database, -3606);
    await rotation.removeEnded();
    expect([kept, (await rows()).length]).toEqual([2, 1]);
  });

  it('a rotation is recorded in the audit trail', async () => {
    const actions = await server.database.query<{ action: string }>(
      `select distinct action from audit_entries where action like 'signing_key.%' order by action`,
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'signing_key.published',
      'signing_key.removed',
      'signing_key.replaced',
    ]);
  });
});

describe('a stolen signing key', () => {
  it('a stolen key and its tokens are invalid at once, and a refresh gets a valid token', async () => {
    const session = await newSession();
    const stolen = keyIdOf(session.accessToken);
    await rotation.begin();
    await rotation.replace();
    expect(await rows()).toHaveLength(1);
    await expect.poll(shownKeys, { timeout: 5_000 }).not.toContain(stolen);
    expect(await shownKeys()).toHaveLength(1);
    expect((await server.anyone.as(session).get('/v1/me')).status).toBe(401);
    const again = await refresh(session);
    expect((await server.anyone.as(again).get('/v1/me')).status).toBe(200);
  });

  it('a stolen key is replaced even if a rotation begins at the same moment', async () => {
    const before = (await rows()).map(({ id }) => id);
    const next = await createSigningKey();
    const succession = server.app.get(KeySuccession);
    const replacing = await server.app.get(Database).transaction(async (transaction) => {
      await succession.succeed(transaction, 'signing', next, 900, 0);
      const promise = rotation.replace();
      await expect.poll(waiting).toBe(1);
      return { promise };
    });
    await replacing.promise;
    const after = (await rows()).map(({ id }) => id);
    expect(after).toHaveLength(1);
    expect([...before, next.id]).not.toContain(after[0]);
  });
});
