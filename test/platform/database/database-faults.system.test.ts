import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCas, startSandboxCas } from '../../../sandbox/cas/sandbox-cas.js';
import { type EmbeddedPostgres, startPostgres } from '../../../sandbox/postgres/postgres.js';
import { createLog } from '../../../src/platform/http/log.js';
import { createServer } from '../../../src/server.js';
import { type Answer, Client } from '../../support/client.js';
import { testConfig, testEnvironment } from '../../support/config.js';
import { freeze, thaw } from '../../support/postgres-processes.js';
import { fill, nameOf, type Route, routes } from '../../support/routes.js';
import type { JoinGrant, ProblemBody, Room, SignedIn } from '../../support/shapes.js';

const { CAS_API_KEY: apiKey, CAS_API_SECRET: apiSecret } = testEnvironment;
let folder: string;
let postgres: EmbeddedPostgres;
let cas: SandboxCas;
let app: NestFastifyApplication;
let admin: Client;
let room: Room;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-database-faults-'));
  await chmod(folder, 0o755);
  // The database is durable, so that a crash does not lose the sign-in of the test.
  postgres = await startPostgres({ dataDir: join(folder, 'data'), durable: true });
  cas = await startSandboxCas({ apiKey, apiSecret });
  const overrides = { DATABASE_URL: postgres.url, CAS_URL: cas.url, DATABASE_POOL_SIZE: '4' };
  app = await createServer(testConfig(overrides), createLog('fatal'));
  await app.listen(0, '127.0.0.1');
  const anyone = new Client((await app.getUrl()).replace('[::1]', '127.0.0.1'));
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  admin = anyone.as((await anyone.post<SignedIn>('/v1/auth/login', { email, password })).body);
  room = (await admin.post<Room>('/v1/rooms', { name: 'Final' })).body;
  await rejoin();
});
afterAll(async () => {
  thaw(postgres);
  await app.close();
  await cas.close();
  await postgres.stop('immediate');
  await rm(folder, { recursive: true, force: true });
});

const rejoin = () => admin.post<JoinGrant & ProblemBody>(`/v1/rooms/${room.id}/join`);

interface Timed {
  readonly route: string;
  readonly answer: Answer<ProblemBody>;
  readonly seconds: number;
}

async function time(route: Route): Promise<Timed> {
  const startedAt = performance.now();
  const refreshToken = admin.signedIn?.refreshToken ?? '';
  const body = route.path.endsWith('/refresh') ? { refreshToken } : route.body;
  const path = fill(route, room.id, room.id);
  const answer = await admin.send<ProblemBody>(route.method, path, body);
  return { route: nameOf(route), answer, seconds: (performance.now() - startedAt) / 1_000 };
}

interface Health {
  readonly live: number;
  readonly ready: Answer<{ parts: Record<string, { works: boolean }> }>;
  readonly seconds: number;
}

async function health(): Promise<Health> {
  const startedAt = performance.now();
  const ready = await admin.get<Health['ready']['body']>('/health/ready');
  const seconds = (performance.now() - startedAt) / 1_000;
  return { ready, seconds, live: (await admin.get('/health/live')).status };
}

/** Sends every route and health at the same time, while the database is unavailable. */
function itAnswersThatTheDatabaseIsUnavailable(limit: number): void {
  let answers: Timed[];
  let seen: Health;

  beforeAll(async () => {
    [seen, ...answers] = await Promise.all([health(), ...routes.map(time)]);
  });

  it.each(routes.map(nameOf))(`%s gets 503 and Retry-After within ${limit} s`, (name) => {
    const { answer, seconds } = answers.find(({ route }) => route === name) as Timed;
    expect([answer.status, answer.body.code]).toEqual([503, 'database_unavailable']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThan(limit);
  });

  it(`the server is alive but not ready, and says so within ${limit} s`, () => {
    expect([seen.live, seen.ready.status]).toEqual([200, 503]);
    expect(seen.ready.body.parts).toMatchObject({ database: { works: false } });
    expect(seen.seconds).toBeLessThan(limit);
  });

  it('the server does not call CAS', () => {
    expect(cas.stats().received).toBe(1);
  });
}

interface Recovery {
  readonly generation: number;
  readonly ready: number;
  readonly calls: number;
}

/** The state after a recovery: the same token, without a further call of CAS. */
const RECOVERED: Recovery = { generation: 1, ready: 200, calls: 1 };

async function recover(): Promise<Recovery> {
  await expect.poll(async () => (await rejoin()).status, { timeout: 3_000 }).toBe(200);
  const { generation } = (await rejoin()).body;
  return { generation, ready: (await health()).ready.status, calls: cas.stats().received };
}

describe('a stopped Postgres', () => {
  beforeAll(() => postgres.stop('immediate'));

  itAnswersThatTheDatabaseIsUnavailable(3);

  it('the server recovers without help when Postgres is started again', async () => {
    await postgres.restart();
    expect(await recover()).toEqual(RECOVERED);
  });
});

describe('a frozen Postgres', () => {
  beforeAll(async () => {
    // Some requests then find a connection that looks healthy, and others open a new one.
    const source = app.get(DataSource);
    await Promise.all(Array.from({ length: 4 }, () => source.query('select pg_sleep(0.1)')));
    freeze(postgres);
  });
  afterAll(() => thaw(postgres));

  itAnswersThatTheDatabaseIsUnavailable(3.5);

  it('the server recovers without help when Postgres continues', async () => {
    thaw(postgres);
    expect(await recover()).toEqual(RECOVERED);
  });
});

describe('a Postgres that restarts under a crowd', () => {
  it('every join gets either a grant or database_unavailable', async () => {
    const phase = { restarting: true };
    const restart = postgres.restart('immediate').finally(() => (phase.restarting = false));
    const seen = new Set<string>();
    while (phase.restarting)
      for (const { status, body } of await Promise.all([rejoin(), rejoin(), rejoin()]))
        seen.add(`${status} ${body.code ?? ''}`);
    await restart;
    expect(['200 ', '503 database_unavailable']).toEqual(expect.arrayContaining([...seen]));
    expect(await recover()).toEqual(RECOVERED);
  });
});

describe('long statements that hold every connection', () => {
  it('a request is refused as overloaded, and not as database_unavailable', async () => {
    const source = app.get(DataSource);
    const phase = { busy: true };
    const hold = async (): Promise<void> => {
      while (phase.busy) {
        const runner = source.createQueryRunner();
        await runner.connect().catch(() => undefined);
        if (phase.busy) await runner.query('select pg_sleep(1.5)').catch(() => undefined);
        await runner.release();
      }
    };
    // These are more statements than connections, so new requests wait in a long queue.
    const held = Array.from({ length: 40 }, hold);
    const { status, body, headers } = await admin.get<ProblemBody>('/v1/rooms');
    // Joins have reserved connections.
    expect((await rejoin()).status).toBe(200);
    phase.busy = false;
    expect([status, body.code]).toEqual([503, 'overloaded']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await Promise.all(held);
    expect(await recover()).toEqual(RECOVERED);
  });

  it('a request whose statement takes too long is refused as overloaded too', async () => {
    const source = app.get(DataSource);
    const blocker = source.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('select 1 from rooms where id = $1 for update', [room.id]);
    const { status, body } = await admin.patch<ProblemBody>(`/v1/rooms/${room.id}`, { name: 'F' });
    await blocker.rollbackTransaction();
    await blocker.release();
    expect([status, body.code]).toEqual([503, 'overloaded']);
  });
});
