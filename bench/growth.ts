import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { signInAgain } from '../test/support/crowd.js';
import { ServerUnderTest, type Request } from './server-under-test.js';
import { type Cost, costOf, describeCosts, inAll, ratioOf } from './cost.js';
import { fill, memberOf, MEMBERS_PER_ROOM, OPEN_EACH, roomId } from './fill.js';
import { startTestbed } from './testbed.js';

// The costs of joins and lists with 1,000 rooms and with 1,000,000, in turn, on the same Postgres.

const [FEW, MANY] = [1_000, Number(process.env['ROOMS'] ?? 1_000_000)];
const LIVE = 900;
const DEPTH = 100_000;
const ROUNDS = 9;
const ROUND_MS = 800;
const PORTS = { few: 3250, many: 3251, fewMetrics: 3252, manyMetrics: 3253 };
const DEADLINE_MS = 600_000;
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  maintenance_work_mem: '256MB',
  // Autovacuum would run at random times; the bench creates the statistics itself.
  autovacuum: 'off',
};

const startedAt = performance.now();
const say = (line: string) =>
  void process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${line}\n`);

setTimeout(() => {
  say('the bench exceeded its time limit');
  process.exit(1);
}, DEADLINE_MS).unref();

/** A server with a filled database. */
interface World {
  readonly name: string;
  readonly server: ServerUnderTest;
  readonly metrics: string;
  readonly admin: string;
  readonly member: string;
  /** The joins of each live room's members, the first members first. */
  readonly joins: readonly (readonly Request[])[];
}

const testbed = await startTestbed(
  PORTS.few,
  { ACCESS_TOKEN_TTL: '3600', RATE_LIMITS: 'off', METRICS_PORT: String(PORTS.fewMetrics) },
  SETTINGS,
);
const { postgres } = testbed;

const asking = (token: string, path: string, method: 'GET' | 'POST' = 'GET'): Request => ({
  method,
  path,
  headers: { authorization: `Bearer ${token}` },
});

async function build(
  server: ServerUnderTest,
  environment: Record<string, string>,
  rooms: number,
  [port, metrics]: readonly [number, number],
): Promise<World> {
  const url = environment['DATABASE_URL'] ?? '';
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  await fill(database, rooms);
  const [size] = (
    await database.query<{ size: string }>(
      'select pg_size_pretty(pg_database_size(current_database())) as size',
    )
  ).rows;
  await database.end();
  say(`${rooms} rooms, ${rooms * MEMBERS_PER_ROOM} members: ${size?.size}`);
  // All of the few rooms; of the many rooms, distant ones that have no member in common.
  const step = Math.floor(rooms / FEW) - (rooms > FEW ? 3 : 0);
  const live = Array.from({ length: LIVE }, (_, place) => place * step);
  const seats = Array.from({ length: MEMBERS_PER_ROOM }, (_, k) => k);
  const people = seats.flatMap((k) => live.map((n) => memberOf(n, k, rooms)));
  const faces = await signInAgain(readConfig(environment), people);
  const joins = seats.map((k) =>
    live.map((n, place) =>
      asking(faces[k * LIVE + place]?.accessToken ?? '', `/v1/rooms/${roomId(n)}/join`, 'POST'),
    ),
  );
  const response = await fetch(`http://127.0.0.1:${port}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(testbed.admin),
  });
  const { accessToken: admin } = (await response.json()) as SignedIn;
  const member = faces.at(-1)?.accessToken ?? '';
  return {
    name: `${rooms} rooms`,
    server,
    metrics: `http://127.0.0.1:${metrics}/metrics`,
    admin,
    member,
    joins,
  };
}

/** Runs the loads in turn, round by round, and returns their costs. */
async function inTurn(
  loads: readonly { readonly name: string; readonly round: (round: number) => Promise<Cost> }[],
  rounds = ROUNDS,
): Promise<Cost[][]> {
  const costs = loads.map((): Cost[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [place, load] of loads.entries()) costs[place]?.push(await load.round(round));
  for (const [place, { name }] of loads.entries()) say(describeCosts(name, costs[place] ?? []));
  return costs;
}

const ratio = (one: readonly Cost[] = [], other: readonly Cost[] = []) =>
  `${ratioOf(one, other, inAll).toFixed(2)} times`;

const repeating = (name: string, { server }: World, requests: readonly Request[]) => ({
  name,
  round: () => costOf(postgres.pid, () => server.load(requests, ROUND_MS)),
});

async function compareJoins(few: World, many: World): Promise<void> {
  // A member of each room joins first, so that all rooms have a token and the code is warm.
  for (const { server, joins } of [few, many]) await server.loadOnce(joins[0] ?? []);
  const first = await inTurn(
    [few, many].map(({ name, server, joins }) => ({
      name: `first join, ${name}`,
      round: (round) => costOf(postgres.pid, () => server.loadOnce(joins[round + 1] ?? [])),
    })),
    MEMBERS_PER_ROOM - 1,
  );
  say(`first join, ${few.name} to ${many.name}: ${ratio(first[1], first[0])}`);
  const repeat = await inTurn(
    [few, many].map((world) => repeating(`repeat join, ${world.name}`, world, world.joins.flat())),
  );
  say(`repeat join, ${few.name} to ${many.name}: ${ratio(repeat[1], repeat[0])}`);
}

const cursorOf = (n: number) => Buffer.from(roomId(n), 'latin1').toString('base64url');

async function compareLists(few: World, many: World): Promise<void> {
  for (const [who, depth] of [
    ['admin', DEPTH],
    ['member', DEPTH * OPEN_EACH],
  ] as const) {
    const deep = `/v1/rooms?limit=50&cursor=${cursorOf(Math.min(depth, MANY / 2))}`;
    const costs = await inTurn([
      repeating(`list of ${who}, ${few.name}`, few, [asking(few[who], '/v1/rooms?limit=50')]),
      repeating(`list of ${who}, ${many.name}`, many, [asking(many[who], '/v1/rooms?limit=50')]),
      repeating(`list of ${who}, depth ${DEPTH}`, many, [asking(many[who], deep)]),
    ]);
    say(`list of ${who}, ${few.name} to ${many.name}: ${ratio(costs[1], costs[0])}`);
    say(`list of ${who}, depth ${DEPTH} to first page: ${ratio(costs[2], costs[1])}`);
  }
}

async function timed(name: string, url: string, token?: string): Promise<string> {
  const began = performance.now();
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, { headers });
  const text = await response.text();
  say(`${name}: ${response.status} after ${(performance.now() - began).toFixed(0)} ms`);
  return text;
}

async function askOnce({ name, metrics, admin, member }: World, port: number): Promise<void> {
  for (const [who, token] of Object.entries({ admin, member }))
    for (const search of ['room 9', 'room 900', 'no such room'])
      await timed(
        `search for '${search}' of ${who}, ${name}`,
        `http://127.0.0.1:${port}/v1/rooms?search=${encodeURIComponent(search)}`,
        token,
      );
  const text = await timed(`metrics, ${name}`, metrics);
  const seen = text
    .split('\n')
    .filter((line) => /^latchkey_(database_up|secret_key_rows)/.test(line));
  for (const line of seen) say(`  ${line}`);
}

let manyServer: ServerUnderTest | undefined;
try {
  const owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query('create database many');
  await owner.end();
  const elsewhere = {
    ...testbed.environment,
    DATABASE_URL: postgres.databaseUrl('many'),
    METRICS_PORT: String(PORTS.manyMetrics),
  };
  manyServer = await ServerUnderTest.start('Latchkey', 'dist/main.js', PORTS.many, elsewhere);
  const few = await build(testbed.server, testbed.environment, FEW, [PORTS.few, PORTS.fewMetrics]);
  const many = await build(manyServer, elsewhere, MANY, [PORTS.many, PORTS.manyMetrics]);
  await compareJoins(few, many);
  await compareLists(few, many);
  await askOnce(few, PORTS.few);
  await askOnce(many, PORTS.many);
  await sleep(3_000);
  for (const { name, server } of [few, many])
    say(`memory after all this, ${name}: ${(server.memory() / 1024).toFixed(0)} MiB`);
} finally {
  await manyServer?.stop();
  await testbed.stop();
}
process.exit(0);
