import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Pool } from 'undici';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { type Face, gatherCrowd } from '../test/support/crowd.js';
import { cpuOfAll } from './cpu.js';
import type { Order, Report, Spot } from './cycling-listeners.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';

// The time of joins in three cases: nobody listens, many people only listen, and many people listen
// and reconnect at the rate of a stream's maximum life.

const PORT = 3240;
/** Further files that the processes need: database, joins, server. */
const OTHER_FILES = 500;
const files = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
const LISTENERS = Math.min(Number(process.env['LISTENERS'] ?? 20_000), files - OTHER_FILES);
const ROOM_SIZE = 500;
const CROWD_STEP = 1_000;
const PROCESSES = 2;
const LIFE_SECONDS = 300;
const JOINS_PER_SECOND = Number(process.env['JOINS'] ?? 50);
const ROUNDS = 5;
const ROUND_MS = 10_000;
const JOINERS = 500;
const DEADLINE_MS = 600_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const here = (script: string) => fileURLToPath(new URL(script, import.meta.url));

setTimeout(() => {
  say('the bench exceeded its time limit');
  process.exit(1);
}, DEADLINE_MS).unref();

const testbed = await startTestbed(PORT, { ACCESS_TOKEN_TTL: '3600', RATE_LIMITS: 'off' });
const database = new pg.Client({ connectionString: testbed.postgres.url });
await database.connect();
const pool = new Pool(testbed.url, { connections: 200 });
const admin = await testbed.send<SignedIn>('POST', '/v1/auth/login', undefined, testbed.admin);

/** Puts people into a new room, as if they had just joined. */
async function fillRoom(faces: readonly Face[]): Promise<Spot[]> {
  const settings = { name: 'Final', access: 'users' };
  const { id } = await testbed.send<{ id: string }>(
    'POST',
    '/v1/rooms',
    admin.accessToken,
    settings,
  );
  await testbed.send('POST', `/v1/rooms/${id}/join`, admin.accessToken, {});
  await database.query(
    `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
     select gen_random_uuid(), $1, s.id, s.user_id, 'participant', s.id, s.id from sessions s
      where s.user_id = any ($2::uuid[])`,
    [id, faces.map(({ userId }) => userId)],
  );
  return faces.map(({ accessToken: token }) => ({ path: `/v1/rooms/${id}`, token }));
}

async function gather(size: number): Promise<Spot[]> {
  const spots: Spot[] = [];
  while (spots.length < size) {
    const faces = await gatherCrowd(
      readConfig(testbed.environment),
      Math.min(CROWD_STEP, size - spots.length),
    );
    for (let from = 0; from < faces.length; from += ROOM_SIZE)
      spots.push(...(await fillRoom(faces.slice(from, from + ROOM_SIZE))));
  }
  await database.query('analyze');
  return spots;
}

interface Measured {
  readonly p95: number;
  /** Of the server and of Postgres, in thousandths of a core. */
  readonly cpu: readonly [server: number, postgres: number];
}

const cpuNow = () => [testbed.server.cpu(), cpuOfAll(testbed.postgres.pid)] as const;

/** Joins at a fixed rate; each join is timed from the moment it was due. */
async function joinFor(milliseconds: number, joiners: readonly Spot[]): Promise<Measured> {
  const times: number[] = [];
  const startedAt = performance.now();
  const before = cpuNow();
  const join = async (turn: number) => {
    const due = startedAt + (turn * 1_000) / JOINS_PER_SECOND;
    await sleep(due - performance.now());
    const { path, token } = joiners[turn % joiners.length] as Spot;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await pool.request({ method: 'POST', path: `${path}/join`, headers });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`a join was answered ${answer.statusCode}`);
    times.push(performance.now() - due);
  };
  const turns = Math.floor((milliseconds / 1_000) * JOINS_PER_SECOND);
  await Promise.all(Array.from({ length: turns }, (_, turn) => join(turn)));
  const after = cpuNow();
  const elapsed = performance.now() - startedAt;
  const share = (which: 0 | 1) => Math.round((after[which] - before[which]) / elapsed);
  const sorted = times.toSorted((a, b) => a - b);
  return { p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0, cpu: [share(0), share(1)] };
}

const order = (child: ChildProcess, message: Order) => void child.send(message);

async function connectAll(spots: readonly Spot[]): Promise<ChildProcess[]> {
  const share = Math.ceil(spots.length / PROCESSES);
  const children = Array.from({ length: PROCESSES }, () => fork(here('cycling-listeners.js')));
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  await Promise.all(
    children.map((child, place) => {
      const own = spots.slice(place * share, (place + 1) * share);
      order(child, {
        type: 'connect',
        port: PORT,
        address: `127.0.0.${place + 2}`,
        spots: own.map(({ path, token }) => ({ path: `${path}/events`, token })),
      });
      return once(child, 'message');
    }),
  );
  return children;
}

/** Returns how many have reconnected since the last change, and how many of them failed. */
async function cycleAt(children: readonly ChildProcess[], perSecond: number) {
  const reports = await Promise.all(
    children.map(async (child) => {
      order(child, { type: 'cycle', perSecond: perSecond / children.length });
      const [report] = (await once(child, 'message')) as [Report];
      return report.type === 'cycled' ? report : { again: 0, failed: 0 };
    }),
  );
  const sum = (key: 'again' | 'failed') => reports.reduce((all, report) => all + report[key], 0);
  return { again: sum('again'), failed: sum('failed') };
}

const describe = (what: string, all: readonly Measured[]) =>
  say(
    `${what.padEnd(28)} p95 of joins ${median(all.map(({ p95 }) => p95)).toFixed(1)} ms; ` +
      `CPU in thousandths of a core: server ${median(all.map(({ cpu }) => cpu[0]))}, ` +
      `Postgres ${median(all.map(({ cpu }) => cpu[1]))}`,
  );

try {
  const [joiners, spots] = [await gather(JOINERS), await gather(LISTENERS)];
  await joinFor(ROUND_MS / 2, joiners);
  const alone = [await joinFor(ROUND_MS, joiners)];
  const children = await connectAll(spots);
  say(`${LISTENERS} listeners are connected; load ${loadavg()[0]?.toFixed(1)}`);
  const rounds: { idle: Measured; cycling: Measured }[] = [];
  const reconnects = { again: 0, failed: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const idle = await joinFor(ROUND_MS, joiners);
    await cycleAt(children, LISTENERS / LIFE_SECONDS);
    const cycling = await joinFor(ROUND_MS, joiners);
    const { again, failed } = await cycleAt(children, 0);
    reconnects.again += again;
    reconnects.failed += failed;
    rounds.push({ idle, cycling });
  }
  const perSecond = reconnects.again / ((ROUNDS * ROUND_MS) / 1_000);
  describe('nobody listens:', alone);
  describe(
    'all listen:',
    rounds.map(({ idle }) => idle),
  );
  describe(
    'all listen and cycle:',
    rounds.map(({ cycling }) => cycling),
  );
  const ratio = median(rounds.map(({ idle, cycling }) => cycling.p95 / idle.p95));
  say(
    `${perSecond.toFixed(0)} reconnects a second, ${reconnects.failed} failed; ` +
      `p95 of joins, cycling against idle: ${ratio.toFixed(2)}; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const child of children) child.kill('SIGTERM');
} finally {
  await pool.destroy();
  await database.end();
  await testbed.stop();
}
process.exit();
