import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { CROWD_PASSWORD, gatherCrowd } from '../test/support/crowd.js';
import { listOf, refreshesOf, send, signInOf } from './account-requests.js';
import { ServerUnderTest, type Request } from './server-under-test.js';
import { type Cost, costOf, inAll, ofServer, rateOf, ratioOf } from './cost.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';

const ROUNDS = 7;
const ROUND_MS = 700;
const WARM_UP_MS = 2_000;
/** Multiples of the 32 clients of a load, as ACCOUNTS and SESSIONS must be. */
const ACCOUNTS = 640;
const SESSIONS = 64;
const ROOMS = 50;
const PORTS = { latchkey: 3_230, baseline: 3_231, hash: 3_232 };

const say = (line: string) => void process.stdout.write(`${line}\n`);

const testbed = await startTestbed(PORTS.latchkey, { TRUST_PROXY: '127.0.0.1' });
const { server: latchkey, url } = testbed;
const environment = {
  ...testbed.environment,
  PASSWORD: CROWD_PASSWORD,
  PASSWORD_HASH: await hash(CROWD_PASSWORD),
};
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const baseline = await ServerUnderTest.start(
  'limit',
  script('baseline-account.js'),
  PORTS.baseline,
  environment,
);
const hashes = await ServerUnderTest.start(
  'argon2id',
  script('baseline-hash.js'),
  PORTS.hash,
  environment,
);

interface Load {
  readonly server: ServerUnderTest;
  readonly requests: readonly Request[];
}

/**
 * Runs all loads in turn, repeatedly.
 * @returns the rounds of each load
 */
async function compare(title: string, loads: readonly Load[]): Promise<Cost[][]> {
  say(title);
  for (const { server, requests } of loads) await server.load(requests, WARM_UP_MS);
  const rounds = loads.map((): Cost[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, { server, requests }] of loads.entries())
      rounds[index]?.push(
        await costOf(testbed.postgres.pid, () => server.load(requests, ROUND_MS)),
      );
  for (const [index, { server }] of loads.entries()) {
    const [cpu, rates] = [ofServer, rateOf].map((of) => (rounds[index] ?? []).map(of));
    say(
      `  ${server.name.padEnd(9)} CPU: min ${Math.min(...(cpu ?? [])).toFixed(0)} µs, median ` +
        `${median(cpu ?? []).toFixed(0)} µs; a second: ${median(rates ?? []).toFixed(0)}`,
    );
  }
  return rounds;
}

function judge(name: string, ratio: number, isGood: boolean, bound: string): void {
  say(`  ${name}: ${ratio.toFixed(2)}; must be ${bound}${isGood ? '' : ' — MISSED'}`);
  if (!isGood) process.exitCode = 1;
}

/** Compares the minimal cost with the product's cost. */
function compareWithLimit(
  must: number,
  aim: number,
  ours: Cost[] = [],
  baseline: Cost[] = [],
): void {
  const byCpu = ratioOf(baseline, ours, ofServer);
  judge('by CPU', byCpu, byCpu >= must, `≥ ${must}, at best ≥ ${aim}`);
  const [withPostgres, byRate] = [ratioOf(baseline, ours, inAll), ratioOf(ours, baseline, rateOf)];
  say(`  with Postgres, by CPU: ${withPostgres.toFixed(2)}; by rate: ${byRate.toFixed(2)}`);
}

/** The cost of a sign-in, in hashes of its password. */
const inHashes = (costs: Cost[] = [], hashing: Cost[] = []) => ratioOf(costs, hashing, ofServer);

try {
  const admin = await send<SignedIn>(`${url}/v1/auth/login`, testbed.admin);
  const fans = await gatherCrowd(readConfig(testbed.environment), ACCOUNTS);
  for (const [place, fan] of fans.slice(0, ROOMS).entries()) {
    const settings = { name: `Room ${place}`, access: 'users', metadata: { league: place % 7 } };
    const room = await send<{ id: string }>(`${url}/v1/rooms`, settings, admin.accessToken);
    await send(`${url}/v1/rooms/${room.id}/join`, {}, fan.accessToken);
  }

  const chains = fans.slice(0, SESSIONS);
  const [refreshed, leastRefresh] = await compare('refresh', [
    {
      server: latchkey,
      requests: await Promise.all(chains.map((fan, place) => refreshesOf(url, fan, place))),
    },
    {
      server: baseline,
      requests: await Promise.all(
        chains.map((fan, place) => refreshesOf(baseline.url, fan, place)),
      ),
    },
  ]);
  compareWithLimit(0.55, 0.75, refreshed, leastRefresh);

  const lists = fans.map(listOf);
  const [listed, leastList] = await compare(`list of ${ROOMS} rooms`, [
    { server: latchkey, requests: lists },
    { server: baseline, requests: lists },
  ]);
  compareWithLimit(0.45, 0.6, listed, leastList);

  // Last, because few sign-ins per second would leave the server still compiling.
  const signIns = fans.map(signInOf);
  const [signedIn, leastSignIn, unit] = await compare('sign-in', [
    { server: latchkey, requests: signIns },
    { server: baseline, requests: signIns },
    { server: hashes, requests: signIns },
  ]);
  say(`  the limit, in hashes: ${inHashes(leastSignIn, unit).toFixed(2)}`);
  const cost = inHashes(signedIn, unit);
  judge('CPU in hashes', cost, cost <= 1.3, '≤ 1.3, at best ≤ 1.2');
  compareWithLimit(0.85, 0.95, signedIn, leastSignIn);
} finally {
  await Promise.all([baseline.stop(), hashes.stop()]);
  await testbed.stop();
}
process.exit();
