import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandboxCas, type SandboxCas } from '../../../sandbox/cas/sandbox-cas.js';
import { Client } from '../../support/client.js';
import { type Replica, startReplica } from '../../support/cluster.js';
import { type Environment, testEnvironment } from '../../support/config.js';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { keyringOf, seedTokens } from '../../support/seeded-tokens.js';
import type { Room, SignedIn } from '../../support/shapes.js';
import { signingKeysOf, useNewestFrom } from '../../support/signing-key-rows.js';
import { keepVisiting, type Visit } from '../../support/visitor.js';

const OLD = testEnvironment.SECRET_KEYS;
const NEW = '0c9a8b7d6e5f40312233445566778899aabbccdd';
const [oldId = ''] = keyringOf(OLD).keyIds;
const SLOW = { timeout: 30_000, interval: 200 };
const DAY = 86_400;

let database: TestDatabase;
let cas: SandboxCas;
let replicas: Replica[];
let rooms: Room[];
let people: string[];
let environment: Environment;

beforeAll(async () => {
  database = await cloneDatabase();
  const { CAS_API_KEY: apiKey, CAS_API_SECRET: apiSecret } = testEnvironment;
  cas = await startSandboxCas({ apiKey, apiSecret });
  environment = {
    ...testEnvironment,
    DATABASE_URL: database.url,
    CAS_URL: cas.url,
    ACCESS_TOKEN_TTL: '8',
    LOG_LEVEL: 'info',
  };
  replicas = await Promise.all([1, 2, 3].map(() => startReplica(environment)));
  const anyone = new Client(replicas[0]?.url ?? '');
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  const admin = anyone.as(
    (await anyone.post<SignedIn>('/v1/auth/login', { email, password })).body,
  );
  const room = { name: 'Final', access: 'users' };
  rooms = await Promise.all(
    [1, 2, 3].map(async () => (await admin.post<Room>('/v1/rooms', room)).body),
  );
  people = [1, 2, 3, 4].map((number) => `fan-${number}@example.org`);
  for (const each of people)
    await anyone.post('/v1/auth/register', { email: each, password, displayName: 'Fan' });
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await cas.close();
  await database.drop();
});

/** Makes everybody join repeatedly, at all replicas in turn, while `work` runs. */
async function whileAllJoin(work: () => Promise<void>): Promise<Visit[]> {
  let isOver = false;
  const anyone = new Client(replicas[0]?.url ?? '');
  const { ADMIN_PASSWORD: password } = testEnvironment;
  const sessions = await Promise.all(
    people.map(async (email) => anyone.post<SignedIn>('/v1/auth/login', { email, password })),
  );
  const visits = sessions.map(({ body: signedIn }) => {
    let turn = 0;
    return keepVisiting(
      () => replicas.map(({ url }) => url),
      signedIn,
      () => isOver,
      (client) => client.post(`/v1/rooms/${rooms[(turn += 1) % rooms.length]?.id}/join`),
    );
  });
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(visits);
  }
  return Promise.all(visits);
}

/** Restarts the replicas one by one; each gets no more traffic before it is stopped. */
async function restartAll(keys: string): Promise<void> {
  for (const leaving of replicas.slice()) {
    const coming = await startReplica({ ...environment, SECRET_KEYS: keys });
    replicas = [...replicas.filter((each) => each !== leaving), coming];
    await sleep(300);
    await leaving.stop();
  }
}

async function rowsOfOld(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select ((select count(*) from server_keys where secret_key_id = $1)
           + (select count(*) from room_tokens where token_key_id = $1)
           + (select count(*) from idempotency_marks where answer_key_id = $1))::int as count`,
    [oldId],
  );
  return row?.count ?? -1;
}
const shownBy = async ({ url }: Replica) => {
  const { body } = await new Client(url).get<{ keys: { kid: string }[] }>('/.well-known/jwks.json');
  return body.keys.map(({ kid }) => kid);
};
const shown = () => Promise.all(replicas.map(shownBy));
const failuresOf = (visits: Visit[]) => visits.flatMap(({ failures }) => failures);
const askedOf = (visits: Visit[]) => visits.reduce((sum, { asked }) => sum + asked, 0);
const same = <Item>(item: Item) => [item, item, item];

describe('three replicas, while people join', () => {
  it('a rotation of the signing key makes no request fail', async () => {
    const [[old = ''] = []] = await shown();
    const visits = await whileAllJoin(async () => {
      await useNewestFrom(database, -91 * DAY);
      await expect.poll(async () => (await signingKeysOf(database)).length, SLOW).toBe(2);
      const [, next] = await signingKeysOf(database);
      expect(next?.usedIn).toBeGreaterThan(600);
      await expect.poll(shown, SLOW).toEqual(same([old, next?.id]));
      await useNewestFrom(database, 4);
      await expect.poll(shown, SLOW).toEqual(same([next?.id]));
      expect(await signingKeysOf(database)).toHaveLength(1);
    });
    expect(failuresOf(visits)).toEqual([]);
    expect(askedOf(visits)).toBeGreaterThan(200);
  }, 120_000);

  it('restarts with a new key of SECRET_KEYS make no request fail', async () => {
    const seeded = await seedTokens(database, keyringOf(OLD), 1_500);
    const visits = await whileAllJoin(async () => {
      await restartAll(`${OLD},${NEW}`);
      expect(await rowsOfOld()).toBeGreaterThan(seeded.length);
      await restartAll(`${NEW},${OLD}`);
      await expect.poll(rowsOfOld, SLOW).toBe(0);
      await database.query(
        `update encryption_keys set written_at = clock_timestamp() - interval '2 minutes'
          where key_id = $1`,
        [oldId],
      );
      const isLogged = () =>
        replicas.some((each) => each.output().includes('remove it from SECRET'));
      await expect.poll(isLogged, SLOW).toBe(true);
      await restartAll(NEW);
    });
    expect(failuresOf(visits)).toEqual([]);
    expect(askedOf(visits)).toBeGreaterThan(200);
    expect(await rowsOfOld()).toBe(0);
    // Each room kept its one token of CAS all the while.
    expect(cas.stats().received).toBe(rooms.length);
  }, 240_000);
});
