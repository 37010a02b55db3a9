import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { readConfig } from '../src/platform/config/config.js';
import { gatherCrowd } from '../test/support/crowd.js';
import { TestIssuer, trusting } from '../test/support/issuer.js';
import { median } from './median.js';
import type { Request, Round } from './server-under-test.js';
import { startTestbed } from './testbed.js';

const ROUNDS = 15;
const ROUND_MS = 1_000;
const FANS = 200;
const PORT = 3216;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const cpuPerRequest = (round: Round) => round.cpuMicroseconds / round.requests;

// Repeat joins with tokens of an issuer and with own tokens, in turn, at one server.
const issuer = await TestIssuer.start();
const testbed = await startTestbed(PORT, trusting(issuer.entry()));
const { server, environment } = testbed;
try {
  const admin = await testbed.send<SignedIn>('POST', '/v1/auth/login', undefined, testbed.admin);
  const body = { name: 'Bench', access: 'users' };
  const room = await testbed.send<{ id: string }>('POST', '/v1/rooms', admin.accessToken, body);
  const joinWith = (token: string): Request => ({
    path: `/v1/rooms/${room.id}/join`,
    headers: { authorization: `Bearer ${token}` },
  });
  const fans = await gatherCrowd(readConfig(environment), FANS);
  const own = fans.map(({ accessToken }) => joinWith(accessToken));
  const external = await Promise.all(
    fans.map(async ({ userId: sub }) =>
      // As large as tokens of providers are, with claims that are not needed.
      joinWith(await issuer.sign({ sub, sid: sub, scope: 'openid profile '.repeat(30) })),
    ),
  );

  say(
    `${ROUNDS} rounds of ${ROUND_MS / 1000} s each, in turn; 2 × ${FANS} people in one live room`,
  );
  for (const requests of [own, external]) await server.load(requests, 2 * ROUND_MS);
  const costs: { own: number; external: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const byOwn = cpuPerRequest(await server.load(own, ROUND_MS));
    const byExternal = cpuPerRequest(await server.load(external, ROUND_MS));
    costs.push({ own: byOwn, external: byExternal });
  }
  const ratios = costs.map(({ own, external }) => external / own);
  const least = (kind: 'own' | 'external') => Math.min(...costs.map((cost) => cost[kind]));
  say(
    `repeat join with an issuer's token: CPU of the best round ${least('external').toFixed(0)} µs, ` +
      `with an own token ${least('own').toFixed(0)} µs: ${(least('external') / least('own')).toFixed(2)} ×; ` +
      `median of the rounds ${median(ratios).toFixed(2)} ×`,
  );
} finally {
  await testbed.stop();
  await issuer.close();
}
process.exit(0);
