import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { KeySet, SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { type Face, gatherCrowd } from '../test/support/crowd.js';
import { ServerUnderTest, type Request } from './server-under-test.js';
import { type Cost, costOf, describeCosts, inAll, ofServer, rateOf, ratioOf } from './cost.js';
import { stampede, type Stampede } from './herd.js';
import { median } from './median.js';
import { startTestbed } from './testbed.js';

// First joins compared with the baseline, and two herds in front of a cold room compared with the
// minimum: one mint that all wait for, and a baseline join each.

const WARM_UP = 5;
const ROUNDS = 11;
const PEOPLE = 1_000;
const HERD = 5_000;
const HERDS = 5;
const MINT_MS = 300;
const PORTS = { latchkey: 3230, baseline: 3231, baselineHerd: 3232 };
/** Time without requests, in which the heap shrinks. */
const IDLE_MS = 40_000;
const DEADLINE_MS = 400_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const here = (script: string) => fileURLToPath(new URL(script, import.meta.url));

setTimeout(() => {
  say('the bench exceeded its time limit');
  process.exit(1);
}, DEADLINE_MS).unref();

const testbed = await startTestbed(PORTS.latchkey, { ACCESS_TOKEN_TTL: '3600' });
const { server: latchkey, environment, postgres, cas } = testbed;
const database = new pg.Client({ connectionString: postgres.url });
await database.connect();

const admin = await testbed.send<SignedIn>('POST', '/v1/auth/login', undefined, testbed.admin);
const { keys } = await testbed.send<KeySet>('GET', '/.well-known/jwks.json');
const bare = { ...environment, PUBLIC_JWK: JSON.stringify(keys[0]) };
const baseline = await ServerUnderTest.start(
  'baseline',
  here('baseline-join.js'),
  PORTS.baseline,
  bare,
);
const baselineHerd = await ServerUnderTest.start(
  'baseline herd',
  here('baseline-join.js'),
  PORTS.baselineHerd,
  {
    ...bare,
    MINT_MS: String(MINT_MS),
  },
);

async function makeRoom(): Promise<string> {
  const settings = { name: 'Final', access: 'users' };
  return (await testbed.send<{ id: string }>('POST', '/v1/rooms', admin.accessToken, settings)).id;
}

const gather = (size: number) => gatherCrowd(readConfig(environment), size);

const joinsOf = (faces: readonly Face[], room: string) =>
  faces.map(({ accessToken }): Request => ({
    path: `/v1/rooms/${room}/join`,
    headers: { authorization: `Bearer ${accessToken}`, 'content-length': '0' },
  }));

/** Everybody joins once, in a room that has a token; each round has different people. */
async function compareFirstJoins(): Promise<void> {
  const room = await makeRoom();
  const crowd = await gather(PEOPLE * (WARM_UP + ROUNDS));
  await database.query('analyze');
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const requests = joinsOf(crowd.slice(round * PEOPLE, (round + 1) * PEOPLE), room);
    ours.push(await costOf(postgres.pid, () => latchkey.loadOnce(requests)));
    theirs.push(await costOf(postgres.pid, () => baseline.loadOnce(requests)));
  }
  // The first rounds, in which code is compiled, do not count.
  for (const costs of [ours, theirs]) costs.splice(0, WARM_UP);
  say(describeCosts('Latchkey, a first join', ours));
  say(describeCosts('baseline', theirs));
  say(
    `first join: ${ratioOf(ours, theirs, rateOf).toFixed(2)} × the baseline by rate, ` +
      `${ratioOf(theirs, ours, ofServer).toFixed(2)} × the baseline by CPU of the server, ` +
      `${ratioOf(theirs, ours, inAll).toFixed(2)} × the baseline by CPU of server and Postgres`,
  );
}

/** Seats everybody, as if they had joined before the room lost its token. */
const seatAll = (room: string, faces: readonly Face[]) =>
  database.query(
    `insert into seats (id, room_id, session_id, user_id, role, display_name, name_key)
     select gen_random_uuid(), $1, s.id, s.user_id, 'participant', s.id, s.id from sessions s
      where s.user_id = any ($2::uuid[])`,
    [room, faces.map(({ userId }) => userId)],
  );

/** Sends all joins at the same time to a cold room, then to the bare server. */
async function compareHerds(
  kind: string,
  nextCrowd: () => Promise<readonly Face[]>,
  prepare: (room: string, faces: readonly Face[]) => Promise<unknown>,
): Promise<void> {
  const pairs: { ours: Stampede; theirs: Stampede; calls: number }[] = [];
  for (let herd = 0; herd < HERDS; herd += 1) {
    const faces = await nextCrowd();
    const room = await makeRoom();
    await prepare(room, faces);
    await database.query('analyze');
    cas.reset();
    cas.behave({ delay: MINT_MS });
    const requests = joinsOf(faces, room);
    const ours = await stampede(PORTS.latchkey, requests);
    const calls = cas.stats().received;
    pairs.push({ ours, theirs: await stampede(PORTS.baselineHerd, requests), calls });
  }
  for (const { ours, theirs, calls } of pairs)
    say(
      `  last answer ${ours.last.toFixed(0)} ms, limit ${theirs.last.toFixed(0)} ms; ` +
        `${calls} CAS calls, ${ours.tokens} tokens, ${ours.errors} and ${theirs.errors} errors`,
    );
  const ratio = median(pairs.map(({ ours, theirs }) => ours.last / theirs.last));
  say(`${HERD} ${kind} at once into a cold room: ${ratio.toFixed(2)} times the limit`);
}

try {
  await compareFirstJoins();
  const crowd = await gather(HERD);
  await compareHerds('repeat joins', () => Promise.resolve(crowd), seatAll);
  await compareHerds(
    'first joins',
    () => gather(HERD),
    () => Promise.resolve(),
  );
  say(`memory at the end of this: ${(latchkey.memory() / 1024).toFixed(0)} MiB`);
  await sleep(IDLE_MS);
  say(
    `memory after ${IDLE_MS / 1_000} s without a request: ${(latchkey.memory() / 1024).toFixed(0)} MiB`,
  );
} finally {
  await database.end();
  await baseline.stop();
  await baselineHerd.stop();
  await testbed.stop();
}
process.exit(0);
