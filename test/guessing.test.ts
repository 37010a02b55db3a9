import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PasswordsService } from '../src/users/passwords.service.js';
import { startApp, type TestApp } from './support/app.js';
import { expectProblem } from './support/expect-problem.js';
import type { ProblemBody, SignedIn } from './support/shapes.js';

const right = 'a password for tests';
let server: TestApp;
let ann: SignedIn;
let email: string;

beforeAll(async () => {
  server = await startApp({ TRUST_PROXY: '127.0.0.1' });
});
beforeEach(async () => {
  const client = await server.signUp('Ann');
  ann = client.signedIn as SignedIn;
  email = ann.user.email ?? '';
});
afterAll(() => server.stop());

function login(to: string, password: string, { deviceToken, from }: Record<string, string> = {}) {
  const body = { email: to, password, ...(deviceToken && { deviceToken }) };
  const headers = { 'x-forwarded-for': from ?? '203.0.113.1' };
  return server.anyone.post<SignedIn & ProblemBody>('/v1/auth/login', body, headers);
}

async function guess(times: number, to: string, more = {}): Promise<void> {
  for (let turn = 0; turn < times; turn += 1)
    expect(await login(to, 'not the password', more)).toBeProblem(401, 'invalid_credentials');
}

/** Ten wrong guesses; and a longer wait than they cost, for the slowest machine. */
async function exhaust(to: string, more = {}): Promise<void> {
  await guess(10, to, more);
  await server.database.query(
    `update throttles set blocked_until = blocked_until + interval '1 minute'
      where blocked_until is not null`,
  );
}

/** How many passwords were hashed while `work` ran. */
async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const { load } = server.app.get(PasswordsService, { strict: false });
  await work();
  return server.app.get(PasswordsService, { strict: false }).load.begun - load.begun;
}

const waitIsOver = () =>
  server.database.query('update throttles set blocked_until = clock_timestamp()');

async function nameOf(kind: 'known' | 'unknown' | 'disabled'): Promise<string> {
  if (kind === 'unknown') return `unknown-${crypto.randomUUID()}@example.org`;
  if (kind === 'disabled')
    await server.admin.patch(`/v1/users/${ann.user.id}`, { status: 'disabled' });
  return email;
}

describe.each(['known', 'unknown', 'disabled'] as const)('an account that is %s', (kind) => {
  it('costs one hash a guess for ten guesses, and none when they are too many', async () => {
    const name = await nameOf(kind);
    expect(await hashesOf(() => exhaust(name))).toBe(10);
    let refused: ProblemBody | undefined;
    const hashes = await hashesOf(async () => {
      const answer = await login(name, right);
      refused = expectProblem(answer, 429, 'rate_limited');
      expect(answer.headers.get('retry-after')).toBe(String(refused.retryAfter));
    });
    expect(hashes).toBe(0);
    const { requestId: _, ...rest } = refused ?? ({} as ProblemBody);
    expect(rest).toEqual({
      type: 'urn:latchkey:problem:rate_limited',
      title: 'Rate limited',
      status: 429,
      detail: 'Too many attempts; wait before the next one.',
      code: 'rate_limited',
      retryAfter: expect.any(Number),
    });
  });

  it('is guessed at by its normalised address, and costs longer waits each time', async () => {
    const name = await nameOf(kind);
    await guess(5, name);
    await guess(4, name.toUpperCase());
    const seconds: (number | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      await waitIsOver();
      await guess(1, name);
      const [row] = await server.database.query<{ seconds: number }>(
        `select extract(epoch from blocked_until - touched_at)::float8 as seconds from throttles
          where key like 'sign-in-account|%' order by touched_at desc limit 1`,
      );
      seconds.push(row?.seconds);
    }
    expect(seconds.map((each) => Math.round(each ?? 0))).toEqual([1, 2, 4, 8]);
  });
});

describe('the longest wait', () => {
  it('is 15 min, and after a quiet day guessing starts anew', async () => {
    await guess(1, email);
    await server.database.query('update throttles set attempts = 40');
    await guess(1, email);
    const { retryAfter } = expectProblem(await login(email, right), 429, 'rate_limited');
    expect(retryAfter).toBe(900);
    await server.database.query(
      `update throttles set touched_at = clock_timestamp() - interval '25 hours',
              blocked_until = clock_timestamp() - interval '24 hours'`,
    );
    await guess(9, email);
  });
});

describe('the owner', () => {
  it('gets in on a device that he signed in on before, while others guess', async () => {
    const { deviceToken } = ann;
    await exhaust(email);
    expect(await login(email, right)).toBeProblem(429, 'rate_limited');
    expect((await login(email, right, { deviceToken })).status).toBe(200);
    // Which sets nobody free who guesses.
    expect(await login(email, right)).toBeProblem(429, 'rate_limited');
  });

  it('has ten guesses of his own there, whatever became of the others', async () => {
    const { deviceToken } = ann;
    await exhaust(email, { deviceToken });
    expect(await login(email, right, { deviceToken })).toBeProblem(429, 'rate_limited');
    expect((await login(email, right)).status).toBe(200);
    await waitIsOver();
    expect((await login(email, right, { deviceToken })).status).toBe(200);
    await guess(9, email, { deviceToken });
  });

  it('clears the count by the right password', async () => {
    await guess(9, email);
    expect((await login(email, right)).status).toBe(200);
    await guess(9, email);
    expect((await login(email, right)).status).toBe(200);
  });

  it('is not taken for somebody with the token of another user’s device', async () => {
    const ben = await server.signUp('Ben');
    const { deviceToken = '' } = ben.signedIn ?? {};
    await exhaust(email, { deviceToken });
    for (const token of [deviceToken, 'lkd_x', `${ann.deviceToken.slice(0, -1)}_`])
      expect(await login(email, right, { deviceToken: token })).toBeProblem(429, 'rate_limited');
  });
});

describe('a network', () => {
  const spend = (left: number) =>
    server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + make_interval(secs => 1000 - $1)
        where key like 'sign-in-network|%'`,
      [left],
    );
  const stranger = () => `unknown-${crypto.randomUUID()}@example.org`;

  it('has no wrong passwords left at some time, for any account, by one hash each', async () => {
    const from = '2001:db8:1:2::7';
    await guess(1, stranger(), { from });
    await spend(3);
    await guess(3, stranger(), { from });
    const hashes = await hashesOf(async () => {
      for (const name of [stranger(), email])
        expect(await login(name, right, { from })).toBeProblem(429, 'rate_limited');
      const neighbour = await login(email, right, { from: '2001:db8:1:2:ffff::1' });
      expect(neighbour).toBeProblem(429, 'rate_limited');
    });
    expect(hashes).toBe(0);
    expect((await login(email, right, { from: '2001:db8:1:3::7' })).status).toBe(200);
    const { deviceToken } = ann;
    expect((await login(email, right, { from, deviceToken })).status).toBe(200);
  });

  it('is not charged for right passwords, nor for accounts that wait', async () => {
    const from = '198.51.100.9';
    await guess(1, stranger(), { from });
    await spend(4);
    const people = await Promise.all(Array.from({ length: 12 }, () => server.signUp()));
    for (const { signedIn } of people)
      expect((await login(signedIn?.user.email ?? '', right, { from })).status).toBe(200);
    await exhaust(email, { from: '198.51.100.10' });
    const versions = () =>
      server.database.query(
        `select key, xmin::text from throttles union all select key, xmin::text from rate_limits
          order by key`,
      );
    const before = await versions();
    for (let turn = 0; turn < 12; turn += 1)
      expect(await login(email, right, { from })).toBeProblem(429, 'rate_limited');
    // A flood at one account writes nothing.
    expect(await versions()).toEqual(before);
    await guess(2, stranger(), { from });
  });

  it('lets a crowd in whose passwords are right, again and again, all at once', async () => {
    const from = '198.51.100.77';
    const people = await Promise.all(Array.from({ length: 15 }, () => server.signUp()));
    await guess(1, stranger(), { from });
    await spend(20);
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(
        people.map(({ signedIn }) => login(signedIn?.user.email ?? '', right, { from })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
  });
});

/** Keeps every place to hash taken, and the queue for them full. */
function crowdOut(passwords: PasswordsService): () => Promise<unknown> {
  let isOn = true;
  const insist = async () => {
    while (isOn)
      try {
        await passwords.hash(right);
      } catch {
        await setImmediate();
      }
  };
  const crowd = Array.from({ length: 64 + 2 * availableParallelism() }, insist);
  return () => {
    isOn = false;
    return Promise.all(crowd);
  };
}

describe('a guess that could not be looked at, since too many wait', () => {
  it('is not counted', async () => {
    const passwords = server.app.get(PasswordsService, { strict: false });
    const from = '198.51.100.99';
    const count = () =>
      server.database.query('select key, attempts, blocked_until from throttles order by key');
    await guess(9, email, { from });
    const before = await count();
    const leave = crowdOut(passwords);
    for (const name of [email, email, 'nobody@example.org'])
      expect(await login(name, right, { from })).toBeProblem(503, 'overloaded');
    await leave();
    expect(await count()).toEqual(before);
    await guess(1, email, { from });
    const [row] = await server.database.query(
      `select attempts from throttles where key like 'sign-in-account|%' order by touched_at desc limit 1`,
    );
    expect(row).toEqual({ attempts: 10 });
  });
});
