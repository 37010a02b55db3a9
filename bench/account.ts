import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';
import type { SignedIn } from '../src/auth/auth.schema.js';
import { readConfig } from '../src/config/config.js';
import { CROWD_PASSWORD, gatherCrowd } from '../test/support/crowd.js';
import { listOf, refreshesOf, send, signInOf } from './account-requests.js';
import { Contender, type Request, type Round } from './contender.js';
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

const cpuOf = ({ cpuMicroseconds, requests }: Round) => cpuMicroseconds / requests;
const rateOf = ({ requests, seconds }: Round) => requests / seconds;

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
async function compare(title: string, loads: readonly Load[]): Promise<Round[][]> {
  say(title);
  for (const { contender, requests } of loads) await contender.load(requests, WARM_UP_MS);
  const rounds = loads.map((): Round[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, { contender, requests }] of loads.entries())
      rounds[index]?.push(await contender.load(requests, ROUND_MS));
  for (const [index, { contender }] of loads.entries()) {
    const [cpu, rates] = [cpuOf, rateOf].map((of) => (rounds[index] ?? []).map(of));
    say(
      `  ${contender.name.padEnd(9)} CPU: min ${Math.min(...(cpu ?? [])).toFixed(0)} µs, median ` +
        `${median(cpu ?? []).toFixed(0)} µs; a second: ${median(rates ?? []).toFixed(0)}`,
    );
  }
  return rounds;
}

/** The middle of what the rounds say of two contenders, each against the one just beside it. */
function ratioOf(of: (round: Round) => number, above: Round[] = [], below: Round[] = []): number {
  return median(above.map((round, index) => of(round) / of(below[index] as Round)));
}

function judge(name: string, ratio: number, isGood: boolean, bound: string): void {
  say(`  ${name}: ${ratio.toFixed(2)}; must be ${bound}${isGood ? '' : ' — MISSED'}`);
  if (!isGood) process.exitCode = 1;
}

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
  say(`  by rate: ${ratioOf(rateOf, refreshed, leastRefresh).toFixed(2)}`);
  const byRefresh = ratioOf(cpuOf, leastRefresh, refreshed);
  judge('by CPU', byRefresh, byRefresh >= 0.55, '≥ 0.55, at best ≥ 0.75');

  const lists = fans.map(listOf);
  const [listed, leastList] = await compare(`list of ${ROOMS} rooms`, [
    { contender: latchkey, requests: lists },
    { contender: least, requests: lists },
  ]);
  say(`  by rate: ${ratioOf(rateOf, listed, leastList).toFixed(2)}`);
  const byList = ratioOf(cpuOf, leastList, listed);
  judge('by CPU', byList, byList >= 0.45, '≥ 0.45, at best ≥ 0.6');

  // Last: so few come in a second that the server would still be compiling.
  const signIns = fans.map(signInOf);
  const [signedIn, leastSignIn, unit] = await compare('sign-in', [
    { contender: latchkey, requests: signIns },
    { contender: least, requests: signIns },
    { contender: hashes, requests: signIns },
  ]);
  say(`  the limit, in hashes: ${ratioOf(cpuOf, leastSignIn, unit).toFixed(2)}`);
  const inHashes = ratioOf(cpuOf, signedIn, unit);
  judge('CPU in hashes', inHashes, inHashes <= 1.3, '≤ 1.3, at best ≤ 1.2');
  const rate = ratioOf(rateOf, signedIn, leastSignIn);
  judge('rate to the limit', rate, rate >= 0.85, '≥ 0.85, at best ≥ 0.95');
} finally {
  await Promise.all([least.stop(), hashes.stop()]);
  await stage.stop();
}
process.exit();
