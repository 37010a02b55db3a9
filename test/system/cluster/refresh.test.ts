import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

/** `REFRESH_ROUNDS=20` runs as many rounds as the contract names; CI runs fewer. */
const ROUNDS = Number(process.env['REFRESH_ROUNDS'] ?? 4);
const AT_ONCE = 200;
const RACES = 5 * ROUNDS;

let cluster: Cluster;
let count = 0;

beforeAll(async () => {
  cluster = await startCluster(3);
});
afterAll(() => cluster.stop());

const at = (index: number) => new Client(cluster.replicas[index % 3]?.url ?? '');

async function signUp(): Promise<SignedIn> {
  count += 1;
  const { status, body } = await at(count).post<SignedIn>('/v1/auth/register', {
    email: `refresh-${count}@example.org`,
    password: 'a password for tests',
    displayName: 'Ann',
  });
  expect(status).toBe(201);
  return body;
}

const refresh = (index: number, { refreshToken }: SignedIn) =>
  at(index).post<SignedIn>('/v1/auth/refresh', { refreshToken });
const me = (index: number, signedIn: SignedIn) => at(index).as(signedIn).get('/v1/me');

async function reuses(): Promise<number> {
  const sql = `select count(*)::int as count from audit_entries where action = 'session.reused'`;
  return (await cluster.database.query<{ count: number }>(sql))[0]?.count ?? -1;
}

describe('one refresh token, used by many clients at once over three replicas', () => {
  it(
    'the token has one successor, and nobody is signed out',
    { timeout: 30_000 * ROUNDS },
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const ann = await signUp();
        const uses = Array.from({ length: AT_ONCE }, (_, index) => refresh(index, ann));
        const answers = await Promise.all(uses);
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        const successors = new Set(answers.map(({ body }) => body.refreshToken));
        expect(successors.size).toBe(1);
        const [first] = answers;
        const next = await refresh(round, (first as { body: SignedIn }).body);
        expect(next.status).toBe(200);
        expect((await me(round + 1, next.body)).status).toBe(200);
      }
      expect(await reuses()).toBe(0);
    },
  );
});

describe('one refresh token whose successor was lost, used by many clients at once over three replicas', () => {
  it('the token has one other successor', { timeout: 30_000 * ROUNDS }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ann = await signUp();
      const lost = await refresh(round, ann);
      await cluster.database.query(
        `update sessions set rotated_at = rotated_at - interval '11 s' where user_id = $1`,
        [ann.user.id],
      );
      const uses = Array.from({ length: AT_ONCE }, (_, index) => refresh(index, ann));
      const answers = await Promise.all(uses);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const successors = new Set(answers.map(({ body }) => body.refreshToken));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(lost.body.refreshToken);
      const [first] = answers;
      expect((await refresh(round, (first as { body: SignedIn }).body)).status).toBe(200);
    }
    expect(await reuses()).toBe(0);
  });
});

describe('a refresh and the end of its session at the same time', () => {
  const ends: readonly [string, (index: number, ann: SignedIn) => Promise<{ status: number }>][] = [
    ['a sign-out', (index, ann) => at(index).as(ann).post('/v1/auth/logout')],
    [
      'the end by an administrator',
      (index, { user }) => asAdmin(index).delete(sessionsOf(user.id)),
    ],
    ['a temporary password', (index, { user }) => asAdmin(index).put(passwordOf(user.id), RESET)],
    ['the deletion of the account', (index, ann) => at(index).as(ann).delete('/v1/me')],
  ];
  const RESET = { password: 'another password for tests' };
  const asAdmin = (index: number) => at(index).as(cluster.admin.signedIn as SignedIn);
  const sessionsOf = (id: string) => `/v1/users/${id}/sessions`;
  const passwordOf = (id: string) => `/v1/users/${id}/password`;

  it.each(ends)(
    'a refresh that races with %s leaves no valid token',
    { timeout: 10_000 * RACES },
    async (_, end) => {
      let obtained = 0;
      for (let race = 0; race < RACES; race += 1) {
        const ann = await signUp();
        const refreshes = [refresh(race, ann), refresh(race + 1, ann)];
        const ended = await end(race + 2, ann);
        expect(ended.status).toBe(204);
        // These tokens were requested before and after the end returned.
        const answers = [...(await Promise.all(refreshes)), await refresh(race, ann)];
        expect(answers[2]).toBeProblem(401, 'unauthenticated');
        for (const { status, body } of answers) {
          expect([200, 401]).toContain(status);
          if (status !== 200) continue;
          obtained += 1;
          for (const replica of [0, 1, 2])
            expect(await me(replica, body)).toBeProblem(401, 'unauthenticated');
          expect(await refresh(race + 1, body)).toBeProblem(401, 'unauthenticated');
        }
      }
      // Without a token, the race would prove nothing.
      expect(obtained).toBeGreaterThan(0);
    },
  );
});
