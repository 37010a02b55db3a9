import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { gatherCrowd } from '../test/support/crowd.js';
import type { Held } from './collect.js';
import { ServerUnderTest } from './server-under-test.js';
import type { Crowd, Report } from './listeners.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';

// An event to many listeners of a room, compared with open replies of node:http.

const LISTENERS = Number(process.env['LISTENERS'] ?? 5_000);
const ROUNDS = 15;
const DEADLINE_MS = 300_000;
const PORTS = { latchkey: 3212, raw: 3213 };
const ALLOWED = { ratio: 1.4, kibibytes: 18 };

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
  say('the bench exceeded its time limit');
  process.exit(1);
}, DEADLINE_MS).unref();

const collecting = { NODE_OPTIONS: `--expose-gc --import=${here('collect.js')}` };
const testbed = await startTestbed(PORTS.latchkey, {
  ACCESS_TOKEN_TTL: '3600',
  PRESENCE_TTL: '90',
  ...collecting,
});
const { server: latchkey } = testbed;
const raw = await ServerUnderTest.start(
  'raw reply',
  here('raw-broadcast.js'),
  PORTS.raw,
  collecting,
);

const admin = await testbed.send<SignedIn>('POST', '/v1/auth/login', undefined, testbed.admin);
const room = await testbed.send<{ id: string }>('POST', '/v1/rooms', admin.accessToken, {
  name: 'Final',
  access: 'users',
});
const faces = await gatherCrowd(readConfig(testbed.environment), LISTENERS);
const tokens = faces.map(({ accessToken }) => accessToken);

/** Seats everybody, as if they had just joined. */
async function seatEverybody(): Promise<void> {
  const client = new pg.Client({ connectionString: testbed.environment['DATABASE_URL'] });
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
  /** Milliseconds from the request of the change to the 99th of a hundred listeners. */
  readonly p99: number;
  /** Milliseconds from the first listener to the last. */
  readonly spread: number;
  readonly cpuMicroseconds: number;
}

async function tell(
  server: ServerUnderTest,
  listeners: ChildProcess,
  change: () => Promise<unknown>,
): Promise<Told> {
  const cpuBefore = server.cpu();
  const startedAt = now();
  const [[message]] = await Promise.all([once(listeners, 'message'), change()]);
  const report = message as Report;
  if (report.type !== 'told') throw new Error('the listeners sent an unexpected report');
  const cpuMicroseconds = (server.cpu() - cpuBefore) / LISTENERS;
  return { p99: report.p99 - startedAt, spread: report.last - report.first, cpuMicroseconds };
}

interface Listeners {
  readonly listeners: ChildProcess;
  /** Bytes per listener. */
  readonly weight: Held;
}

// The first listeners also cause allocations that all share, so only the additional listeners
// count.
async function gatherAt(server: ServerUnderTest, port: number, path: string): Promise<Listeners> {
  const listeners = fork(here('listeners.js'));
  process.once('exit', () => listeners.kill('SIGKILL'));
  const join = async (from: number, to: number) => {
    listeners.send({ port, path, tokens: tokens.slice(from, to) } satisfies Crowd);
    await once(listeners, 'message');
    await sleep(1_000);
    return await server.held();
  };
  const first = Math.floor(LISTENERS / 5);
  const before = await join(0, first);
  const after = await join(first, LISTENERS);
  const share = (key: keyof Held) => (after[key] - before[key]) / (LISTENERS - first);
  return { listeners, weight: { rss: share('rss'), heapUsed: share('heapUsed') } };
}

const kibibytes = (bytes: number) => (bytes / 1_024).toFixed(1);

try {
  await seatEverybody();
  const ours = await gatherAt(latchkey, PORTS.latchkey, `/v1/rooms/${room.id}/events`);
  const theirs = await gatherAt(raw, PORTS.raw, '/events');

  const rounds: { ours: Told; theirs: Told }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const change = { name: `Final ${round}` };
    rounds.push({
      ours: await tell(latchkey, ours.listeners, () =>
        testbed.send('PATCH', `/v1/rooms/${room.id}`, admin.accessToken, change),
      ),
      theirs: await tell(raw, theirs.listeners, () =>
        fetch(`http://127.0.0.1:${PORTS.raw}/`, { method: 'POST' }),
      ),
    });
    await sleep(300);
  }

  for (const [who, { name }, { weight }] of [
    ['ours', latchkey, ours],
    ['theirs', raw, theirs],
  ] as const) {
    const of = (pick: (told: Told) => number) => median(rounds.map((round) => pick(round[who])));
    say(
      `${name.padEnd(10)} first to last of ${LISTENERS}: ${of((told) => told.spread).toFixed(0)} ms; ` +
        `written to p99: ${of((told) => told.p99).toFixed(0)} ms; ` +
        `CPU per delivery: ${of((told) => told.cpuMicroseconds).toFixed(0)} µs; ` +
        `held per idle listener: ${kibibytes(weight.rss)} KiB, ` +
        `of the heap ${kibibytes(weight.heapUsed)} KiB`,
    );
  }
  const ratio = median(rounds.map((round) => round.ours.spread / round.theirs.spread));
  const smallest = (who: 'ours' | 'theirs') =>
    Math.min(...rounds.map((round) => round[who].spread)).toFixed(0);
  say(
    `first to last, ratio: ${ratio.toFixed(2)}; smallest: ${smallest('ours')} and ${smallest('theirs')} ms`,
  );
  if (ratio > ALLOWED.ratio || ours.weight.rss > ALLOWED.kibibytes * 1_024) process.exitCode = 1;
  for (const { listeners } of [ours, theirs]) listeners.kill('SIGTERM');
} finally {
  await raw.stop();
  await testbed.stop();
}
process.exit();
