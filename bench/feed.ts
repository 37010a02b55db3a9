import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startSandboxCas } from '../sandbox/cas/sandbox-cas.js';
import { eraseData } from '../sandbox/postgres/cluster.js';
import { startPostgres } from '../sandbox/postgres/postgres.js';
import type { SignedIn } from '../src/auth/auth.schema.js';
import { readConfig } from '../src/config/config.js';
import { gatherCrowd } from '../test/support/crowd.js';
import { Contender } from './contender.js';
import type { Crowd, Report } from './listeners.js';
import { median } from './median.js';

// One event to many listeners of one room, against the same by replies of node:http.

const LISTENERS = Number(process.env['LISTENERS'] ?? 5_000);
const ROUNDS = 15;
const DEADLINE_MS = 300_000;
const PORTS = { latchkey: 3212, raw: 3213 };

const say = (line: string) => void process.stdout.write(`${line}\n`);
const here = (script: string) => fileURLToPath(new URL(script, import.meta.url));
const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;

const files = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
if (files < LISTENERS + 200) {
  say(
    `${LISTENERS} listeners need as many open files: ulimit -n ${LISTENERS + 200}, here ${files}`,
  );
  process.exit(1);
}
setTimeout(() => {
  say('the bench took too long');
  process.exit(1);
}, DEADLINE_MS).unref();

const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
const dataDir = join(folder, 'data');
const postgres = await startPostgres({ dataDir, durable: false });
const cas = await startSandboxCas({ apiKey: 'bench', apiSecret: 'bench' });
const environment = {
  DATABASE_URL: postgres.url,
  CAS_URL: cas.url,
  CAS_ALLOW_HTTP: 'on',
  CAS_API_KEY: 'bench',
  CAS_API_SECRET: 'bench',
  SECRET_KEYS: 'b64c1f0e7a93d5826fe4b1c09d7a3e58',
  ADMIN_EMAIL: 'admin@example.org',
  ADMIN_PASSWORD: 'an admin for the bench',
  ACCESS_TOKEN_TTL: '3600',
  PRESENCE_TTL: '90',
};
const latchkey = await Contender.start('Latchkey', 'dist/main.js', PORTS.latchkey, environment);
const raw = await Contender.start('raw reply', here('raw-broadcast.js'), PORTS.raw, {});

async function send<Body>(method: string, path: string, token?: string, body?: object) {
  const response = await fetch(`http://127.0.0.1:${PORTS.latchkey}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Body;
}

const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = environment;
const admin = await send<SignedIn>('POST', '/v1/auth/login', undefined, { email, password });
const room = await send<{ id: string }>('POST', '/v1/rooms', admin.accessToken, {
  name: 'Final',
  access: 'users',
});
const faces = await gatherCrowd(readConfig(environment), LISTENERS);
const tokens = faces.map(({ accessToken }) => accessToken);

/** As if everybody had joined just now. */
async function seatEverybody(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
     select s.id, $1, s.id, s.user_id, 'participant', s.id, s.id from sessions s
      where s.device = 'crowd'`,
    [room.id],
  );
  await client.query('analyze');
  await client.end();
}

interface Told {
  /** Milliseconds from the request that changed something to the 99th of a hundred listeners. */
  readonly p99: number;
  /** Milliseconds from the first listener to the last. */
  readonly spread: number;
  readonly cpuMicroseconds: number;
}

async function tell(
  server: Contender,
  listeners: ChildProcess,
  change: () => Promise<unknown>,
): Promise<Told> {
  const cpuBefore = server.cpu();
  const startedAt = now();
  const [[message]] = await Promise.all([once(listeners, 'message'), change()]);
  const report = message as Report;
  if (report.type !== 'told') throw new Error('the listeners say something else');
  const cpuMicroseconds = (server.cpu() - cpuBefore) / LISTENERS;
  return { p99: report.p99 - startedAt, spread: report.last - report.first, cpuMicroseconds };
}

await seatEverybody();
const memory: Record<string, number> = {};

// What a server takes for the first ones is not theirs alone: the heap grows in steps.
async function gatherAt(server: Contender, port: number, path: string): Promise<ChildProcess> {
  const child = fork(here('listeners.js'));
  process.once('exit', () => child.kill('SIGKILL'));
  child.send({ port, path, tokens } satisfies Crowd);
  await once(child, 'message');
  const all = once(child, 'message');
  await sleep(2_000);
  const before = server.memory();
  await all;
  await sleep(2_000);
  memory[server.name] = (server.memory() - before) / (LISTENERS * 0.8);
  return child;
}
const ours = await gatherAt(latchkey, PORTS.latchkey, `/v1/rooms/${room.id}/events`);
const theirs = await gatherAt(raw, PORTS.raw, '/events');

const rounds: { ours: Told; theirs: Told }[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const change = { name: `Final ${round}` };
  rounds.push({
    ours: await tell(latchkey, ours, () =>
      send('PATCH', `/v1/rooms/${room.id}`, admin.accessToken, change),
    ),
    theirs: await tell(raw, theirs, () =>
      fetch(`http://127.0.0.1:${PORTS.raw}/`, { method: 'POST' }),
    ),
  });
  await sleep(300);
}

const cpu = (who: 'ours' | 'theirs') =>
  rounds.reduce((sum, round) => sum + round[who].cpuMicroseconds, 0) / rounds.length;

for (const [who, server] of [
  ['ours', latchkey],
  ['theirs', raw],
] as const) {
  const of = (pick: (told: Told) => number) => median(rounds.map((round) => pick(round[who])));
  say(
    `${server.name.padEnd(10)} first to last of ${LISTENERS}: ${of((told) => told.spread).toFixed(0)} ms; ` +
      `written to p99: ${of((told) => told.p99).toFixed(0)} ms; ` +
      `CPU per delivery: ${cpu(who).toFixed(0)} µs; ` +
      `memory per idle listener: ${(memory[server.name] ?? 0).toFixed(1)} KiB`,
  );
}
const ratio = median(rounds.map((round) => round.ours.spread / round.theirs.spread));
const least = (who: 'ours' | 'theirs') =>
  Math.min(...rounds.map((round) => round[who].spread)).toFixed(0);
say(`first to last, ratio: ${ratio.toFixed(2)}; least: ${least('ours')} and ${least('theirs')} ms`);

for (const child of [ours, theirs]) child.kill('SIGTERM');
await latchkey.stop();
await raw.stop();
await cas.close();
await postgres.stop();
await eraseData(dataDir);
await rm(folder, { recursive: true });
process.exit(0);
