import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Client as Wire } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { testConfig } from '../../support/config.js';
import { type Face, gatherCrowd } from '../../support/crowd.js';
import { type HostileRequest, requestsTo } from '../../support/hostile.js';
import { takeLoopDelay, WATCHED } from '../../support/loop-watch.js';
import { Contract, type Endpoint, nameOf, type OpenApi } from '../../support/openapi.js';
import type { JoinGrant, Room } from '../../support/shapes.js';

/** Requests per route; `npm run test:hostile` sends more. A seed repeats a failure. */
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 60);
const SEED = process.env['HOSTILE_SEED'];
/** How long all other clients may have to wait for one request, in milliseconds. */
const MOST_BLOCKED = 100;
const REPEATS = 4;
/** The limit of slow requests for one route, after which the test stops. */
const MOST_SUSPECTS = 5;

/** Sign-ins last for the whole test; long tests have no limits, because they would exceed all. */
const LIVES = { ACCESS_TOKEN_TTL: '7200', RATE_LIMITS: RUNS > 500 ? 'off' : 'on' };

const file = join(import.meta.dirname, '../../../openapi.json');
const contract = new Contract(JSON.parse(readFileSync(file, 'utf8')) as OpenApi);

let cluster: Cluster;
let wire: Wire;
let room: string;
let spare: string[];
let users: Face[];
let sent = 0;
const worst = { blocked: 0, late: 0, route: '' };

beforeAll(async () => {
  cluster = await startCluster(1, LIVES, { launch: (_replica, usual) => [usual, WATCHED] });
  wire = new Wire(server().url, { pipelining: 1 });
  const config = testConfig({ ...LIVES, DATABASE_URL: cluster.database.url });
  users = await gatherCrowd(config, 1_000 + 2 * RUNS);
  room = await newRoom();
  spare = users.splice(0, 500 + RUNS / 2).map(({ userId }) => userId);
  await takeLoopDelay(server().process);
});
afterAll(async () => {
  const { blocked, late, route } = worst;
  process.stdout.write(
    `hostile: ${sent} requests; its event loop was blocked for ${blocked.toFixed(1)} ms at most, by ` +
      `${route}; a timer was ${late.toFixed(1)} ms late, with all that this machine does\n`,
  );
  await wire.close();
  await cluster.stop();
});

const server = () => cluster.replicas[0] ?? expect.unreachable();

async function newRoom(): Promise<string> {
  const { body } = await cluster.admin.post<Room>('/v1/rooms', {
    name: 'Hostile',
    access: 'users',
  });
  return body.id;
}

/** Returns who sends the request; a sign-in that the request may end is not used again. */
function authorizationOf(caller: string, operationId: string): Record<string, string> {
  const ends = operationId === 'logout' || operationId === 'deleteMe';
  const user = ends ? users.pop() : users[0];
  const values: Record<string, string | undefined> = {
    admin: ends ? user?.accessToken : cluster.admin.token,
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

/** Returns for how long the server's event loop was blocked since the last call. */
async function blockedBy(endpoint: Endpoint): Promise<number> {
  const { blocked, late } = await takeLoopDelay(server().process);
  worst.late = Math.max(worst.late, late);
  if (blocked > worst.blocked) Object.assign(worst, { blocked, route: nameOf(endpoint) });
  return blocked;
}

/** Repeats a slow request: a real block comes each time, a garbage collection does not. */
async function leastBlockedBy(endpoint: Endpoint, request: HostileRequest): Promise<number> {
  let least = Infinity;
  for (let repeat = 0; repeat < REPEATS && least >= MOST_BLOCKED; repeat += 1) {
    await send(endpoint, request);
    least = Math.min(least, await blockedBy(endpoint));
  }
  return least;
}

const isBearable = (blocked: number) => blocked < MOST_BLOCKED;
const isNoFault = (status: number) => status < 500;

function expectPromised(
  endpoint: Endpoint,
  request: HostileRequest,
  answer: Awaited<ReturnType<typeof send>>,
) {
  const { status, headers, type, body } = answer;
  expect({ status, body }).toMatchObject({ status: expect.toSatisfy(isNoFault) });
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

describe('hostile requests to every route', () => {
  const callers = ['admin', 'admin', 'admin', 'user', 'user', 'nobody', 'forged', 'scheme', 'long'];

  it.each(contract.endpoints.map((each) => [nameOf(each), each] as const))(
    '%s answers hostile requests as the document promises',
    async (_, endpoint) => {
      const { operationId } = endpoint.operation;
      const known = {
        room: ['{room}', '{room}', 'no-such-room'],
        userId: ['{spare}', '00000000-0000-7000-8000-000000000000'],
        id: ['{spare}'],
        file: ['start.js', 'swagger-ui.css', 'x'],
      };
      const suspects: HostileRequest[] = [];
      await fc.assert(
        fc.asyncProperty(requestsTo(contract, endpoint, known, callers), async (request) => {
          const [user = ''] = spare;
          const path = request.path.replace('{room}', room).replace('{spare}', user);
          const answer = await send(endpoint, { ...request, path });
          expectPromised(endpoint, { ...request, path }, answer);
          if ((await blockedBy(endpoint)) >= MOST_BLOCKED) suspects.push({ ...request, path });
          if (answer.status !== 204) return;
          if (operationId === 'deleteRoom') room = await newRoom();
          if (operationId === 'deleteUser') spare.shift();
        }),
        { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
      );
      for (const suspect of suspects.slice(0, MOST_SUSPECTS))
        expect({ suspect, blocked: await leastBlockedBy(endpoint, suspect) }).toMatchObject({
          blocked: expect.toSatisfy(isBearable),
        });
      expect((await cluster.admin.get('/v1/me')).status).toBe(200);
    },
    60_000 + RUNS * 40,
  );

  it('the server still works after all hostile requests', async () => {
    const { body } = await cluster.admin.post<JoinGrant>(`/v1/rooms/${await newRoom()}/join`);
    expect(body.token).not.toBe('');
    expect((await cluster.admin.get('/health/ready')).status).toBe(200);
  });
});
