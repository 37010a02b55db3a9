import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PasswordsService } from '../src/users/passwords.service.js';
import { startApp, type TestApp } from './support/app.js';
import './support/expect-problem.js';
import { Guesser, right } from './support/guesser.js';
import type { SignedIn } from './support/shapes.js';

let server: TestApp;
let guesser: Guesser;
let ann: SignedIn;
let email: string;

beforeAll(async () => {
  server = await startApp({ TRUST_PROXY: '127.0.0.1' });
  guesser = new Guesser(server);
});
beforeEach(async () => {
  ann = (await server.signUp('Ann')).signedIn as SignedIn;
  email = ann.user.email ?? '';
});
afterAll(() => server.stop());

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
    await guesser.guess(1, stranger(), { from });
    await spend(500);
    const spent = async () => {
      const [row] = await server.database.query<{ seconds: number }>(
        `select extract(epoch from max(spent_until))::float8 as seconds from rate_limits
          where key like 'sign-in-network|%'`,
      );
      return row?.seconds ?? 0;
    };
    const before = await spent();
    await guesser.guess(3, stranger(), { from });
    expect((await spent()) - before).toBeCloseTo(3, 2);
    await spend(-60);
    const hashes = await guesser.hashesOf(async () => {
      for (const name of [stranger(), email])
        expect(await guesser.login(name, right, { from })).toBeProblem(429, 'rate_limited');
      const neighbour = await guesser.login(email, right, { from: '2001:db8:1:2:ffff::1' });
      expect(neighbour).toBeProblem(429, 'rate_limited');
    });
    expect(hashes).toBe(0);
    expect((await guesser.login(email, right, { from: '2001:db8:1:3::7' })).status).toBe(200);
    const { deviceToken } = ann;
    expect((await guesser.login(email, right, { from, deviceToken })).status).toBe(200);
  });

  it('is not charged for right passwords, nor for accounts that wait', async () => {
    const from = '198.51.100.9';
    await guesser.guess(1, stranger(), { from });
    await spend(4);
    const people = await Promise.all(Array.from({ length: 12 }, () => server.signUp()));
    for (const { signedIn } of people)
      expect((await guesser.login(signedIn?.user.email ?? '', right, { from })).status).toBe(200);
    await guesser.exhaust(email, { from: '198.51.100.10' });
    const versions = () =>
      server.database.query(
        `select key, xmin::text from throttles union all select key, xmin::text from rate_limits
          order by key`,
      );
    const before = await versions();
    for (let turn = 0; turn < 12; turn += 1)
      expect(await guesser.login(email, right, { from })).toBeProblem(429, 'rate_limited');
    // A flood at one account writes nothing.
    expect(await versions()).toEqual(before);
    await guesser.guess(2, stranger(), { from });
  });

  it('lets a crowd in whose passwords are right, again and again, all at once', async () => {
    const from = '198.51.100.77';
    const people = await Promise.all(Array.from({ length: 15 }, () => server.signUp()));
    await guesser.guess(1, stranger(), { from });
    await spend(20);
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(
        people.map(({ signedIn }) => guesser.login(signedIn?.user.email ?? '', right, { from })),
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
    await guesser.guess(9, email, { from });
    const before = await count();
    const leave = crowdOut(passwords);
    for (const name of [email, email, 'nobody@example.org'])
      expect(await guesser.login(name, right, { from })).toBeProblem(503, 'overloaded');
    await leave();
    expect(await count()).toEqual(before);
    await guesser.guess(1, email, { from });
    const [row] = await server.database.query(
      `select attempts from throttles where key like 'sign-in-account|%' order by touched_at desc limit 1`,
    );
    expect(row).toEqual({ attempts: 10 });
  });
});
