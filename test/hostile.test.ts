import { monitorEventLoopDelay } from 'node:perf_hooks';
import fc from 'fast-check';
import { Client as Wire } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp, type TestApp } from './support/app.js';
import { testConfig } from './support/config.js';
import { type Face, gatherCrowd } from './support/crowd.js';
import { type HostileRequest, requestsTo } from './support/hostile.js';
import { Contract, type Endpoint, nameOf, type OpenApi } from './support/openapi.js';

/** Requests per route; `npm run test:hostile` sends more. A seed repeats a failure. */
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 60);
const SEED = process.env['HOSTILE_SEED'];
/** Only these wait for a password to be hashed. */
const HASHING = new Set(['register', 'login', 'createUser']);

const file = join(import.meta.dirname, '../openapi.json');
const contract = new Contract(JSON.parse(readFileSync(file, 'utf8')) as OpenApi);
const delay = monitorEventLoopDelay({ resolution: 1 });

let server: TestApp;
let wire: Wire;
let room: string;
let spare: string[];
let users: Face[];
let sent = 0;

beforeAll(async () => {
  server = await startApp();
  wire = new Wire(server.url, { pipelining: 1 });
  users = await gatherCrowd(testConfig({ DATABASE_URL: server.database.url }), 2_000);
  room = (await server.createRoom()).id;
  spare = users.splice(0, 500).map(({ userId }) => userId);
  delay.enable();
});
afterAll(async () => {
  delay.disable();
  const [p50, p99, worst] = [delay.percentile(50), delay.percentile(99), delay.max];
  const ms = (nanoseconds: number) => `${(nanoseconds / 1e6).toFixed(1)} ms`;
  process.stdout.write(
    `hostile: ${sent} requests; event loop behind by ${ms(p50)} (p50), ${ms(p99)} (p99), ` +
      `${ms(worst)} (worst), with the client in the same process\n`,
  );
  await wire.close();
  await server.stop();
});

/** Who sends it; a sign-in that may be ended by the request is not used again. */
function authorizationOf(caller: string, operationId: string): Record<string, string> {
  const user = operationId === 'logout' ? users.pop() : users[0];
  const values: Record<string, string | undefined> = {
    admin: operationId === 'logout' ? user?.accessToken : server.admin.token,
    user: user?.accessToken,
    forged: `${user?.accessToken.slice(0, -6)}AAAAAA`,
  };
  const odd: Record<string, string> = { scheme: 'Basic YTpi', long: `Bearer ${'x'.repeat(5_000)}` };
  const authorization = values[caller] ? `Bearer ${values[caller]}` : odd[caller];
  return authorization === undefined ? {} : { authorization };
}

async function send({ method, operation }: Endpoint, request: HostileRequest) {
  const { path, headers, body, caller } = request;
  const authorization = authorizationOf(caller, operation.operationId);
  sent += 1;
  const answer = await wire.request({
    method: method.toUpperCase(),
    path,
    headers: { ...authorization, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : body }),
  });
  const text = await answer.body.text();
  const type = answer.headers['content-type'];
  const isJson = typeof type === 'string' && /\bjson\b/.test(type);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    type: typeof type === 'string' ? type : null,
    body: text === '' ? undefined : isJson ? (JSON.parse(text) as unknown) : text,
  };
}

function expectPromised(
  endpoint: Endpoint,
  request: HostileRequest,
  answer: Awaited<ReturnType<typeof send>>,
) {
  const { status, headers, type, body } = answer;
  const { operationId } = endpoint.operation;
  if (status >= 500) {
    expect({ status, operationId: HASHING.has(operationId), body }).toMatchObject({
      status: 503,
      operationId: true,
      body: { code: 'overloaded' },
    });
    expect(headers['retry-after']).toMatch(/^\d+$/);
  }
  if (status >= 400) {
    expect(type).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({
      type: expect.stringMatching(/^urn:latchkey:problem:\w+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code: expect.stringMatching(/^[a-z_]+$/),
      requestId: headers['x-request-id'],
    });
  }
  const [path = ''] = request.path.split('?');
  const pattern = new RegExp(
    `^${endpoint.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`,
  );
  if (pattern.test(path)) expect(contract.faultsOfAnswer(endpoint, status, type, body)).toEqual([]);
}

describe('hostile requests are answered as the document promises, and nothing breaks', () => {
  const callers = ['admin', 'admin', 'admin', 'user', 'user', 'nobody', 'forged', 'scheme', 'long'];

  it.each(contract.endpoints.map((each) => [nameOf(each), each] as const))(
    '%s',
    async (_, endpoint) => {
      const { operationId } = endpoint.operation;
      const known = {
        room: ['{room}', '{room}', 'no-such-room'],
        userId: ['{spare}', '00000000-0000-7000-8000-000000000000'],
        id: ['{spare}'],
        file: ['start.js', 'swagger-ui.css', 'x'],
      };
      await fc.assert(
        fc.asyncProperty(requestsTo(contract, endpoint, known, callers), async (request) => {
          const [user = ''] = spare;
          const path = request.path.replace('{room}', room).replace('{spare}', user);
          const answer = await send(endpoint, { ...request, path });
          expectPromised(endpoint, { ...request, path }, answer);
          if (answer.status !== 204) return;
          if (operationId === 'deleteRoom') room = (await server.createRoom()).id;
          if (operationId === 'deleteUser') spare.shift();
        }),
        { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
      );
      expect((await server.admin.get('/v1/me')).status).toBe(200);
    },
    60_000 + RUNS * 40,
  );

  it('leave a server behind that does its job', async () => {
    const { id } = await server.createRoom();
    expect((await server.join(server.admin, { id })).token).not.toBe('');
    expect((await server.anyone.get('/health/ready')).status).toBe(200);
  });
});
