import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEO, DAN } from '../../../sandbox/demo.js';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../sandbox/identity-provider.js';
import { Client } from '../../support/client.js';
import { type Cluster, freePort, startCluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { JoinGrant, List, Room, SignedIn, User } from '../../support/shapes.js';

interface Issuer {
  readonly name: string;
  readonly works: boolean;
}

const password = 'five quiet foxes';
const REPLICAS = 3;

let providers: IdentityProvider[];
let cluster: Cluster;
let room: Room;

const start = async () => startIdentityProvider({ port: await freePort(), password });

beforeAll(async () => {
  providers = [await start(), await start()];
  const entries = providers.map(({ entry }, index) => ({ ...entry, name: `provider-${index}` }));
  cluster = await startCluster(REPLICAS, { TRUSTED_ISSUERS: JSON.stringify(entries) });
  const settings = { name: 'Cup final', access: 'users' };
  room = (await cluster.admin.post<Room>('/v1/rooms', settings)).body;
});
afterAll(async () => {
  await cluster.stop();
  await Promise.all(providers.map((provider) => provider.close()));
});

async function tokenOf(index: number, user = CLEO): Promise<string> {
  const provider = providers[index] as IdentityProvider;
  const body = new URLSearchParams(provider.formOf(user));
  // Providers are restarted, so no connection may be kept.
  const headers = { connection: 'close' };
  const answer = await fetch(provider.tokenUrl, { method: 'POST', body, headers });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** The holder of a token, whose requests go to the replicas in turn. */
function bearing(accessToken: string, turn: number): Client {
  const { url = '' } = cluster.replicas[turn % REPLICAS] ?? {};
  return new Client(url, { accessToken } as SignedIn);
}

const everywhere = (token: string): Client[] =>
  cluster.replicas.map((_, replica) => bearing(token, replica));

const count = async (what: string, subject: string) => {
  const [row] = await cluster.database.query<{ count: number }>(
    `select count(*)::int as count from ${what} where u.external_id = $1`,
    [subject],
  );
  return row?.count;
};

describe('two identity providers and three replicas', () => {
  it('200 first requests at once make one user, one session and one seat', async () => {
    const token = await tokenOf(0, DAN);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, turn) =>
        bearing(token, turn).post<JoinGrant>(`/v1/rooms/${room.id}/join`, {}),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.participant.id)).size).toBe(1);
    expect(new Set(answers.map(({ body }) => body.token)).size).toBe(1);
    expect(await count('users u', DAN.sub)).toBe(1);
    expect(await count('sessions s join users u on u.id = s.user_id', DAN.sub)).toBe(1);
    expect(await count('seats s join users u on u.id = s.user_id', DAN.sub)).toBe(1);
    const registered = `audit_entries a join users u on u.id = a.user_id and a.action = 'user.registered'`;
    expect(await count(registered, DAN.sub)).toBe(1);
  });

  it('people of two providers with the same subject are two users', async () => {
    const users = await Promise.all(
      [0, 1].map(async (index) => bearing(await tokenOf(index), index).get<User>('/v1/me')),
    );
    expect(new Set(users.map(({ body }) => body.id)).size).toBe(2);
    expect(users.map(({ body }) => body.displayName)).toEqual(['Cleo', 'Cleo']);
  });

  it('a sign-in that ended at one replica is refused at all, until the person signs in again', async () => {
    const token = await tokenOf(0);
    const requests = everywhere(token);
    for (const client of requests) expect((await client.get('/v1/me')).status).toBe(200);
    expect((await requests[0]?.post('/v1/auth/logout'))?.status).toBe(204);
    for (const client of requests) {
      const refused = expectProblem(await client.get('/v1/me'), 401, 'unauthenticated');
      expect(refused).toMatchObject({ reason: 'session_ended' });
    }
    // The provider says in whole seconds when a person signed in.
    await sleep(1_100);
    for (const client of everywhere(await tokenOf(0)))
      expect((await client.get('/v1/me')).status).toBe(200);
  });

  it('while a provider is down its known keys stay good, and new keys are accepted after its return', async () => {
    const known = await tokenOf(1);
    await stopProvider();
    for (const client of everywhere(known)) expect((await client.get('/v1/me')).status).toBe(200);
    await restartProvider();
    for (const token of [await tokenOf(1), await tokenOf(0)])
      for (const client of everywhere(token)) expect((await client.get('/v1/me')).status).toBe(200);
  });

  it('a new key of a provider that is down is refused for now, and readiness names the provider', async () => {
    await stopProvider();
    await restartProvider();
    const unknown = await tokenOf(1);
    await stopProvider();
    for (const client of everywhere(unknown)) {
      const refused = expectProblem(await client.get('/v1/me'), 503, 'issuer_unavailable');
      expect(refused.retryAfter).toBeGreaterThan(0);
    }
    const health = await new Client(cluster.replicas[0]?.url ?? '').get('/health/ready');
    expect(health.status).toBe(200);
    const [named] = (await cluster.admin.get<List<Issuer>>('/v1/issuers')).body.items.slice(1);
    expect(named).toMatchObject({ name: 'provider-1', issuer: providers[1]?.issuer });
  });
});

/** Stops the second provider. */
async function stopProvider(): Promise<void> {
  await providers[1]?.close();
}

/** Starts the second provider again, at the same address with a new key. */
async function restartProvider(): Promise<void> {
  const port = Number(new URL(providers[1]?.issuer ?? '').port);
  providers[1] = await startIdentityProvider({ port, password });
}
