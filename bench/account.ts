import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';
import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { CROWD_PASSWORD, gatherCrowd } from '../test/support/crowd.js';
import { listOf, refreshesOf, send, signInOf } from './account-requests.js';
import { Contender, type Request } from './contender.js';
import { type Cost, costOf, inAll, ofServer, rateOf, ratioOf } from './cost.js';
import { median } from './median.js';
import { startStage } from './stage.js';

const ROUNDS = 7;
const ROUND_MS = 700;
const WARM_UP_MS = 2_000;
/** Both multiples of the 32 clients of a load. */
const ACCOUNTS = 640;
const SESSIONS = 64;
const ROOMS = 50;
const PORTS = { latchkey: 3_230, least: 3_231, hash: 3_232 };

const say = (line: string) => void process.stdout.write(`${line}\n`);

const stage = await startStage(PORTS.latchkey, { TRUST_PROXY: '127.0.0.1' });
const { server: latchkey, url } = stage;
const environment = {
  ...stage.environment,
  PASSWORD: CROWD_PASSWORD,
  PASSWORD_HASH: await hash(CROWD_PASSWORD),
};
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const least = await Contender.start('limit', script('least-account.js'), PORTS.least, environment);
const hashes = await Contender.start('argon2id', script('least-hash.js'), PORTS.hash, environment);

interface Load {
  readonly contender: Contender;
  readonly requests: readonly Request[];
}

/** All of them in turn, again and again. @returns the rounds of each */
async function compare(title: string, loads: readonly Load[]): Promise<Cost[][]> {
  say(title);
  for (const { contender, requests } of loads) await contender.load(requests, WARM_UP_MS);
  const rounds = loads.map((): Cost[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, { contender, requests }] of loads.entries())
      rounds[index]?.push(
        await costOf(stage.postgres.pid, () => contender.load(requests, ROUND_MS)),
      );
  for (const [index, { contender }] of loads.entries()) {
    const [cpu, rates] = [ofServer, rateOf].map((of) => (rounds[index] ?? []).map(of));
    say(
      `  ${contender.name.padEnd(9)} CPU: min ${Math.min(...(cpu ?? [])).toFixed(0)} µs, median ` +
        `${median(cpu ?? []).toFixed(0)} µs; a second: ${median(rates ?? []).toFixed(0)}`,
    );
  }
  return rounds;
}

function judge(name: string, ratio: number, isGood: boolean, bound: string): void {
  say(`  ${name}: ${ratio.toFixed(2)}; must be ${bound}${isGood ? '' : ' — MISSED'}`);
  if (!isGood) process.exitCode = 1;
}

/** The least that it can cost against what it does. */
function compareWithLimit(must: number, aim: number, ours: Cost[] = [], least: Cost[] = []): void {
  const byCpu = ratioOf(least, ours, ofServer);
  judge('by CPU', byCpu, byCpu >= must, `≥ ${must}, at best ≥ ${aim}`);
  const [withPostgres, byRate] = [ratioOf(least, ours, inAll), ratioOf(ours, least, rateOf)];
  say(`  with Postgres, by CPU: ${withPostgres.toFixed(2)}; by rate: ${byRate.toFixed(2)}`);
}

/** What a sign-in costs in hashes of its password. */
const inHashes = (costs: Cost[] = [], hashing: Cost[] = []) => ratioOf(costs, hashing, ofServer);

try {
  const admin = await send<SignedIn>(`${url}/v1/auth/login`, stage.admin);
  const fans = await gatherCrowd(readConfig(stage.environment), ACCOUNTS);
  for (const [place, fan] of fans.slice(0, ROOMS).entries()) {
    const settings = { name: `Room ${place}`, access: 'users', metadata: { league: place % 7 } };
    const room = await send<{ id: string }>(`${url}/v1/rooms`, settings, admin.accessToken);
    await send(`${url}/v1/rooms/${room.id}/join`, {}, fan.accessToken);
  }

  const chains = fans.slice(0, SESSIONS);
  const [refreshed, leastRefresh] = await compare('refresh', [
    {
      contender: latchkey,
      requests: await Promise.all(chains.map((fan, place) => refreshesOf(url, fan, place))),
    },
    {
      contender: least,
      requests: await Promise.all(chains.map((fan, place) => refreshesOf(least.url, fan, place))),
    },
  ]);
  compareWithLimit(0.55, 0.75, refreshed, leastRefresh);

  const lists = fans.map(listOf);
  const [listed, leastList] = await compare(`list of ${ROOMS} rooms`, [
    { contender: latchkey, requests: lists },
    { contender: least, requests: lists },
  ]);
  compareWithLimit(0.45, 0.6, listed, leastList);

  // Last: so few come in a second that the server would still be compiling.
  const signIns = fans.map(signInOf);
  const [signedIn, leastSignIn, unit] = await compare('sign-in', [
    { contender: latchkey, requests: signIns },
    { contender: least, requests: signIns },
    { contender: hashes, requests: signIns },
  ]);
  say(`  the limit, in hashes: ${inHashes(leastSignIn, unit).toFixed(2)}`);
  const cost = inHashes(signedIn, unit);
  judge('CPU in hashes', cost, cost <= 1.3, '≤ 1.3, at best ≤ 1.2');
  compareWithLimit(0.85, 0.95, signedIn, leastSignIn);
} finally {
  await Promise.all([least.stop(), hashes.stop()]);
  await stage.stop();
}
process.exit();
