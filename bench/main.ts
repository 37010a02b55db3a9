import { fileURLToPath } from 'node:url';
import type { KeySet, SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { gatherCrowd } from '../test/support/crowd.js';
import { ServerUnderTest, type Request, type Round } from './server-under-test.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';
import { compareStarts } from './start-up.js';

const ROUNDS = 15;
const ROUND_MS = 1_000;
const FANS = 200;
const STARTS = 5;
const PORTS = { latchkey: 3210, baseline: 3211, start: 3214 };

const say = (line: string) => void process.stdout.write(`${line}\n`);

const cpuPerRequest = (round: Round) => round.cpuMicroseconds / round.requests;
const rate = (round: Round) => round.requests / round.seconds;

function report(name: string, rounds: readonly Round[]): void {
  const cpu = rounds.map(cpuPerRequest);
  say(
    `${name.padEnd(10)} CPU per join: min ${Math.min(...cpu).toFixed(0)} µs, ` +
      `median ${median(cpu).toFixed(0)} µs; joins a second: ${median(rounds.map(rate)).toFixed(0)}`,
  );
}

const testbed = await startTestbed(PORTS.latchkey);
const { server: latchkey, environment } = testbed;

const admin = await testbed.send<SignedIn>('POST', '/v1/auth/login', undefined, testbed.admin);
const body = { name: 'Bench', access: 'users' };
const room = await testbed.send<{ id: string }>('POST', '/v1/rooms', admin.accessToken, body);
const { keys } = await testbed.send<KeySet>('GET', '/.well-known/jwks.json');
const baseline = await ServerUnderTest.start(
  'baseline',
  fileURLToPath(new URL('baseline-join.js', import.meta.url)),
  PORTS.baseline,
  { ...environment, PUBLIC_JWK: JSON.stringify(keys[0]) },
);

const fans = await gatherCrowd(readConfig(environment), FANS);
const requests = fans.map(({ accessToken }): Request => ({
  path: `/v1/rooms/${room.id}/join`,
  headers: { authorization: `Bearer ${accessToken}` },
}));

try {
  say(`${ROUNDS} rounds of ${ROUND_MS / 1000} s each, in turn; ${FANS} people in one live room`);
  for (const server of [latchkey, baseline]) await server.load(requests, 2 * ROUND_MS);
  const pairs: { ours: Round; theirs: Round }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ours = await latchkey.load(requests, ROUND_MS);
    pairs.push({ ours, theirs: await baseline.load(requests, ROUND_MS) });
  }
  report(
    'Latchkey',
    pairs.map(({ ours }) => ours),
  );
  report(
    'baseline',
    pairs.map(({ theirs }) => theirs),
  );
  const byRate = median(pairs.map(({ ours, theirs }) => rate(ours) / rate(theirs)));
  const byCpu = median(
    pairs.map(({ ours, theirs }) => cpuPerRequest(theirs) / cpuPerRequest(ours)),
  );
  say(
    `repeat join: ${byRate.toFixed(2)} × the baseline by rate, ${byCpu.toFixed(2)} × by CPU of the server`,
  );
  say(`memory after this load: ${(latchkey.memory() / 1024).toFixed(0)} MiB`);
  await baseline.stop();
  const script = fileURLToPath(new URL('skeleton.js', import.meta.url));
  const quiet = { ...environment, HOST: '127.0.0.1', PORT: String(PORTS.start) };
  for (const line of await compareStarts('dist/main.js', script, quiet, STARTS)) say(line);
} finally {
  await testbed.stop();
}
process.exit(0);
