import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import {
  type Cluster,
  freePort,
  type Replica,
  startCluster,
  startReplica,
} from '../../support/cluster.js';
import { Scraper } from '../../support/scraper.js';
import type { ProblemBody, SignedIn } from '../../support/shapes.js';

const password = 'a password for tests';
let cluster: Cluster;
let replicas: Replica[];
let scrapers: Scraper[];

beforeAll(async () => {
  const ports = [await freePort(), await freePort(), await freePort()].map(String);
  const [first = '', ...others] = ports;
  cluster = await startCluster(1, { METRICS_PORT: first });
  const more = others.map((METRICS_PORT) => startReplica({ ...cluster.environment, METRICS_PORT }));
  replicas = [...cluster.replicas, ...(await Promise.all(more))];
  scrapers = ports.map((port) => new Scraper(`http://127.0.0.1:${port}`));
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await cluster.stop();
});

/** Counts the hashes on all replicas so far. */
async function hashes(): Promise<number> {
  const counts = await Promise.all(scrapers.map((each) => each.valueOf('password_hashes_total')));
  return counts.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
}

const send = <Body>(index: number, path: string, body: Record<string, unknown>) =>
  new Client(replicas[index % 3]?.url ?? '').post<Body & ProblemBody>(path, body);

const tally = (answers: readonly { readonly status: number }[]) => {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
};

/** Sends all guesses from one network, which has a limit of running requests; repeats the refused ones. */
async function untilAdmitted<Answer extends { readonly status: number }>(
  ask: () => Promise<Answer>,
): Promise<Answer> {
  let answer = await ask();
  for (let turn = 0; turn < 50 && answer.status === 429; turn += 1) {
    await sleep(100);
    answer = await ask();
  }
  return answer;
}

describe('a thousand wrong passwords for one account at once, over three replicas', () => {
  it.each(['known', 'unknown'])(
    'a thousand simultaneous guesses cost at most twelve hashes: %s account',
    async (kind) => {
      const email = `${kind}@example.org`;
      let deviceToken = '';
      if (kind === 'known') {
        const ann = { email, password, displayName: 'Ann' };
        deviceToken = (await send<SignedIn>(0, '/v1/auth/register', ann)).body.deviceToken;
      }
      const before = await hashes();
      const startedAt = performance.now();
      const attack = Promise.all(
        Array.from({ length: 1_000 }, (_, index) =>
          send(index, '/v1/auth/login', { email, password: `guess ${index}` }),
        ),
      );
      await sleep(100);
      const owner =
        kind === 'known'
          ? await untilAdmitted(() =>
              send<SignedIn>(1, '/v1/auth/login', { email, password, deviceToken }),
            )
          : undefined;
      const counts = tally(await attack);
      const hashed = (await hashes()) - before - (owner ? 1 : 0);
      const seconds = (performance.now() - startedAt) / 1_000;
      // On a slow machine, the eleventh guess is allowed a second after the tenth, the twelfth two seconds
      // later, and the next after four more seconds.
      const free = Math.max(12, 10 + Math.floor(Math.log2(seconds + 1)));
      expect(hashed).toBeGreaterThanOrEqual(10);
      expect(hashed).toBeLessThanOrEqual(free);
      expect(counts).toEqual(
        new Map([
          [401, hashed],
          [429, 1_000 - hashed],
        ]),
      );
      if (owner) expect(owner.status).toBe(200);
    },
  );
});

describe('simultaneous registrations over three replicas', () => {
  it('exactly as many registrations pass as the limit of an e-mail address allows', async () => {
    const body = { email: 'wanted@example.org', password, displayName: 'New' };
    const counts = tally(
      await Promise.all(
        Array.from({ length: 60 }, (_, index) => send(index, '/v1/auth/register', body)),
      ),
    );
    expect(counts).toEqual(
      new Map([
        [201, 1],
        [409, 9],
        [429, 50],
      ]),
    );
  });

  it('exactly as many registrations pass as the limit of a network allows', async () => {
    // The limit restores one registration a second; the start is moved, so that the count is exact.
    await cluster.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '994.5 seconds'
        where key like 'registration-network|%'`,
    );
    const startedAt = performance.now();
    const counts = tally(
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          send(index, '/v1/auth/register', {
            email: `new-${index}@example.org`,
            password,
            displayName: 'New',
          }),
        ),
      ),
    );
    const given = Math.ceil((performance.now() - startedAt) / 1_000);
    const made = counts.get(201) ?? 0;
    expect(made).toBeGreaterThanOrEqual(5);
    expect(made).toBeLessThanOrEqual(5 + given);
    expect(counts.get(429)).toBe(60 - made);
  });
});
