import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { createServer } from '../../src/server.js';
import { Client } from './client.js';
import { type Environment, testConfig, testEnvironment } from './config.js';
import type { JoinGrant, ProblemBody, Room, SignedIn } from './shapes.js';

/** A line of the log. */
export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly code?: string;
}

/** A server as `main.ts` starts it, with its whole log. */
export interface LoggedServer {
  readonly app: NestFastifyApplication;
  readonly cas: SandboxCas;
  readonly anyone: Client;
  readonly admin: Client;
  readonly room: Room;
  join(): ReturnType<typeof joinAs>;
  stop(): Promise<void>;
}

const joinAs = (client: Client, room: Room) =>
  client.post<JoinGrant & ProblemBody>(`/v1/rooms/${room.id}/join`);

/** @param lines receives the lines of the log, from the beginning of the start */
export async function startLoggedServer(
  overrides: Environment,
  lines: Line[] = [],
): Promise<LoggedServer> {
  const { CAS_API_KEY: apiKey, CAS_API_SECRET: apiSecret } = testEnvironment;
  const cas = await startSandboxCas({ apiKey, apiSecret });
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  const formatters = { level: (level: string) => ({ level }) };
  const log = pino({ level: 'warn', base: null, formatters }, { write });
  let app: NestFastifyApplication;
  try {
    app = await createServer(testConfig({ CAS_URL: cas.url, ...overrides }), log);
  } catch (error) {
    await cas.close();
    throw error;
  }
  await app.listen(0, '127.0.0.1');
  const anyone = new Client((await app.getUrl()).replace('[::1]', '127.0.0.1'));
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = testEnvironment;
  const signedIn = await anyone.post<SignedIn>('/v1/auth/login', { email, password });
  const admin = anyone.as(signedIn.body);
  const room = (await admin.post<Room>('/v1/rooms', { name: 'Final' })).body;
  return {
    app,
    cas,
    anyone,
    admin,
    room,
    join: () => joinAs(admin, room),
    stop: async () => {
      await app.close();
      await cas.close();
    },
  };
}
