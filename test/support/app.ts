import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll } from 'vitest';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { AppModule } from '../../src/app.module.js';
import { setUpApp } from '../../src/app.setup.js';
import { createLog, NestLog } from '../../src/platform/http/log.js';
import { createHttpAdapter } from '../../src/platform/http/http-adapter.js';
import { Client } from './client.js';
import { type Environment, testConfig, testEnvironment } from './config.js';
import { cloneDatabase, type TestDatabase } from './database.js';
import { observeAnswers } from './observed.js';
import type { JoinGrant, Room, SignedIn } from './shapes.js';

/** A server in this process, with a database and a CAS of its own. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly database: TestDatabase;
  readonly cas: SandboxCas;
  /** A client without a sign-in. */
  readonly anyone: Client;
  /** The signed-in first admin. */
  readonly admin: Client;
  /** Registers a new user through the API, and signs them in. */
  signUp(displayName?: string): Promise<Client>;
  /** Creates a new room as the admin; by default it is open to every user. */
  createRoom(settings?: Record<string, unknown>): Promise<Room>;
  join(client: Client, room: { id: string }, wish?: Record<string, unknown>): Promise<JoinGrant>;
  stop(): Promise<void>;
}

const { CAS_API_KEY: apiKey, CAS_API_SECRET: apiSecret } = testEnvironment;

let people = 0;

export async function startApp(overrides: Environment = {}): Promise<TestApp> {
  const database = await cloneDatabase();
  const cas = await startSandboxCas({ apiKey, apiSecret });
  const config = testConfig({ DATABASE_URL: database.url, CAS_URL: cas.url, ...overrides });
  const log = createLog(config.LOG_LEVEL);
  const module = await Test.createTestingModule({ imports: [AppModule.register(config)] })
    .setLogger(new NestLog(log))
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    createHttpAdapter(config.TRUST_PROXY),
    {
      bodyParser: false,
    },
  );
  setUpApp(app, log);
  const undeclared = observeAnswers(app);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const anyone = new Client(url);
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  const admin = anyone.as(
    (await anyone.post<SignedIn>('/v1/auth/login', { email, password })).body,
  );

  return {
    app,
    url,
    database,
    cas,
    anyone,
    admin,
    signUp: async (displayName = 'Somebody') => {
      people += 1;
      const { body } = await anyone.post<SignedIn>('/v1/auth/register', {
        email: `person-${process.pid}-${people}@example.org`,
        password: 'a password for tests',
        displayName,
      });
      return anyone.as(body);
    },
    createRoom: async (settings = {}) => {
      const room = { name: 'Watch party', access: 'users', ...settings };
      const { status, body } = await admin.post<Room>('/v1/rooms', room);
      if (status !== 201) throw new Error(`no room: ${JSON.stringify(body)}`);
      return body;
    },
    join: async (client, { id }, wish = {}) => {
      const { status, body } = await client.post<JoinGrant>(`/v1/rooms/${id}/join`, wish);
      if (status !== 200) throw new Error(`not joined: ${JSON.stringify(body)}`);
      return body;
    },
    stop: async () => {
      const surprises = undeclared();
      await app.close();
      await cas.close();
      await database.drop();
      // In every test, the reference must declare all answers that the server gave.
      if (surprises.length > 0)
        throw new Error(`answers that openapi.json does not declare:\n${surprises.join('\n')}`);
    },
  };
}

/** The server of a test file, which starts before its tests and stops after them. */
export function useApp(overrides: Environment = {}): TestApp {
  const server: Partial<TestApp> = {};
  beforeAll(async () => void Object.assign(server, await startApp(overrides)));
  // If the start failed, there is nothing to stop.
  afterAll(() => server.stop?.());
  // The object is complete when the first test begins.
  return server as TestApp;
}
