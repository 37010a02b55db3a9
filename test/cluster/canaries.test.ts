import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { type Canary, findCanaries, type Place } from '../support/canaries.js';
import type { Client } from '../support/client.js';
import { freePort, type Replica, startReplica } from '../support/cluster.js';
import { type Environment, testEnvironment } from '../support/config.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { Scraper } from '../support/scraper.js';
import type { JoinGrant, Room, SignedIn } from '../support/shapes.js';
import { breakDown, misbehave } from '../support/mishaps.js';
import { Traffic } from '../support/traffic.js';

const apiKey = 'canary-cas-key-5f0e2d';
const apiSecret = 'canary-cas-secret-77ab19';
const secretKeys = 'canary secret keys 3c1f7a9b5d2e8f4061a7c9e3b5d7f1a2';
const adminPassword = 'canary admin password 9e7d';
const email = 'canary-person@example.org';
const password = 'canary user password 41c6';
const accessCode = 'canary access code 0b8d';
const wrongCode = 'canary wrong code 6a55';
const idempotency = { 'idempotency-key': 'canary idempotency key 12fe' };

let database: TestDatabase;
let cas: SandboxCas;
let replica: Replica;
let environment: Environment;
let traffic: Traffic;
let metrics: string;
let tables: Place[];
const canaries: Canary[] = [
  { name: 'the CAS key', secret: apiKey },
  { name: 'the CAS secret', secret: apiSecret },
  { name: 'SECRET_KEYS', secret: secretKeys },
  { name: 'the admin password', secret: adminPassword },
  { name: 'a password', secret: password },
  { name: 'an access code', secret: accessCode },
  { name: 'a wrong access code', secret: wrongCode },
  { name: 'an Idempotency-Key', secret: idempotency['idempotency-key'] },
];

let admin: Client;
let person: Client;
let room: Room;

const join = (client: Client, body?: Record<string, unknown>) =>
  traffic.send<JoinGrant>(client, `POST /v1/rooms/${room.id}/join`, body);

async function signIn(login: Record<string, unknown>, route = 'login'): Promise<SignedIn> {
  const signedIn = await traffic.send<SignedIn>(traffic.anyone, `POST /v1/auth/${route}`, login);
  const { accessToken, refreshToken, deviceToken } = signedIn;
  const secrets = {
    'an access token': accessToken.split('.')[2] ?? '',
    'a refresh token': refreshToken,
    'a device token': deviceToken,
  };
  for (const [name, secret] of Object.entries(secrets))
    canaries.push({ name, secret, handedOutBy: /^the answer to POST \/v1\/auth\// });
  return signedIn;
}

async function succeed(): Promise<void> {
  const { send, anyone } = { send: traffic.send.bind(traffic), anyone: traffic.anyone };
  admin = anyone.as(await signIn({ email: testEnvironment.ADMIN_EMAIL, password: adminPassword }));
  const first = await signIn({ email, password, displayName: 'Canary' }, 'register');
  person = anyone.as(await signIn({ refreshToken: first.refreshToken }, 'refresh'));
  const settings = { name: 'Final', access: 'users', accessCode };
  room = await send<Room>(admin, 'POST /v1/rooms', settings, idempotency);
  expect(await send<Room>(admin, 'POST /v1/rooms', settings, idempotency)).toEqual(room);
  const made = { email: 'made@example.org', password, displayName: 'Made' };
  await send(admin, 'POST /v1/users', made, idempotency);
  const { token } = await join(person, { accessCode });
  const handedOutBy = /^the answer to POST .*\/join$/;
  canaries.push({ name: 'the CAS token', secret: token, handedOutBy });
  for (const route of ['GET /v1/me', `GET /v1/rooms/${room.id}`, 'GET /v1/rooms'])
    await send(person, route);
  for (const route of ['GET /v1/users', 'GET /health/ready', 'GET /.well-known/jwks.json'])
    await send(admin, route);
  await send(person, `POST /v1/rooms/${room.id}/heartbeat`);
}

async function dump(): Promise<Place[]> {
  const names = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  return Promise.all(
    names.map(async ({ name }) => {
      const rows = await database.query<{ row: string }>(`select t::text as row from ${name} t`);
      return { name: `the table ${name}`, text: rows.map(({ row }) => row).join('\n') };
    }),
  );
}

beforeAll(async () => {
  database = await cloneDatabase();
  cas = await startSandboxCas({ apiKey, apiSecret });
  const port = await freePort();
  environment = {
    ...testEnvironment,
    DATABASE_URL: database.url,
    CAS_URL: cas.url,
    CAS_API_KEY: apiKey,
    CAS_API_SECRET: apiSecret,
    SECRET_KEYS: secretKeys,
    ADMIN_PASSWORD: adminPassword,
    LOG_LEVEL: 'trace',
    METRICS_PORT: String(port),
  };
  replica = await startReplica(environment);
  traffic = new Traffic(replica.url);
  await succeed();
  const other = { email: 'other@example.org', password, displayName: 'Other' };
  const stranger = traffic.anyone.as(await signIn(other, 'register'));
  const people = { admin, person, stranger };
  const secrets = { email, password, accessCode, wrongCode, idempotency };
  const scene = { traffic, database, cas, ...people, room, ...secrets };
  await misbehave(scene);
  await breakDown(scene);
  await vi.waitFor(() => expect(replica.output()).toContain('a task works again'));
  metrics = await new Scraper(`http://127.0.0.1:${port}`).text();
  tables = await dump();
  await database.query(`update room_tokens set token = '\\x010203' where token is not null`);
  await join(person, { accessCode });
  await replica.stop();
});
afterAll(async () => {
  await cas.close();
  await database.drop();
});

describe('a server that logs all it can, through what goes well and forty things that go wrong', () => {
  it('was put to the test', () => {
    expect(canaries.length).toBeGreaterThanOrEqual(20);
    expect(new Set(canaries.map(({ name }) => name)).size).toBeGreaterThanOrEqual(12);
    expect(traffic.refusals.length).toBeGreaterThanOrEqual(30);
    const codes = new Set(traffic.refusals.map(({ code }) => code));
    expect([...codes]).toEqual(expect.arrayContaining(['internal_error', 'database_unavailable']));
    expect(codes.size).toBeGreaterThanOrEqual(17);
    expect(tables.length).toBeGreaterThan(10);
  });

  it('would have been caught: every canary sings where it may', () => {
    const all = [...canaries].map(({ name, secret }) => ({ name, secret }));
    const text = JSON.stringify(canaries);
    expect(findCanaries(all, [{ name: 'here', text }])).toHaveLength(
      new Set(all.map((c) => c.name)).size,
    );
    const handedOut = findCanaries(all, traffic.answers);
    expect(handedOut).toContain(`the CAS token in the answer to POST /v1/rooms/${room.id}/join`);
  });

  it('writes no secret to its log', () => {
    expect(replica.output().split('\n').length).toBeGreaterThan(80);
    expect(findCanaries(canaries, [{ name: 'the log', text: replica.output() }])).toEqual([]);
    // Nor anything personal: ids stand for people.
    for (const personal of ['@example.org', 'Canary', 'Made'])
      expect(replica.output()).not.toContain(personal);
  });

  it('answers with no secret but to whom it belongs', () => {
    expect(findCanaries(canaries, traffic.answers)).toEqual([]);
  });

  it('measures no secret', () => {
    expect(findCanaries(canaries, [{ name: 'the metrics', text: metrics }])).toEqual([]);
    expect(metrics).not.toContain('@');
  });

  it('stores ciphertext and hashes only', () => {
    expect(findCanaries(canaries, tables)).toEqual([]);
  });

  it('tells what is wrong with its configuration without saying what it is', async () => {
    const wrong = {
      CAS_API_SECRET: `${apiSecret} with spaces`,
      SECRET_KEYS: 'canary short',
      ADMIN_PASSWORD: 'canary',
      DATABASE_URL: 'canary://person:canary@host',
    };
    const started = startReplica({ ...environment, ...wrong });
    await expect(started).rejects.toThrow(/CAS_API_SECRET[^]*SECRET_KEYS|SECRET_KEYS[^]*CAS_API/);
    await expect(started).rejects.not.toThrow('canary');
  });
});

describe('the log', () => {
  const lines = () =>
    replica
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('has one line for every request, with the code of its problem', () => {
    const requests = lines().filter(({ msg }) => msg === 'request');
    for (const { status, code } of traffic.refusals)
      expect(requests).toContainEqual(expect.objectContaining({ status, outcome: code }));
    const refused = requests.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'aborted');
    expect(refused.length).toBeGreaterThanOrEqual(traffic.refusals.length - 1);
    const ids = requests.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells of clients that went away', () => {
    const aborted = lines().filter(({ outcome }) => outcome === 'aborted');
    expect(aborted.length).toBeGreaterThanOrEqual(8);
    for (const line of aborted) {
      expect(line).toMatchObject({ method: 'POST', route: '/v1/rooms/:room/join' });
      expect(line).not.toHaveProperty('status');
    }
  });

  it('tells of mints and of tasks', () => {
    const published = { msg: 'a mint ended', level: 'info', roomId: room.id, generation: 1 };
    expect(lines()).toContainEqual(expect.objectContaining({ ...published, end: 'published' }));
    for (const level of ['trace', 'warn', 'info'])
      expect(lines()).toContainEqual(expect.objectContaining({ level, context: 'Ticker' }));
  });
});
