import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RequestShares } from '../../../src/platform/limits/request-shares.service.js';
import { PasswordsService } from '../../../src/users/accounts/passwords.service.js';
import { useApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { Guesser, right } from '../../support/guesser.js';
import type { SignedIn } from '../../support/shapes.js';

let guesser: Guesser;
let ann: SignedIn;
let email: string;

const server = useApp({ TRUST_PROXY: '127.0.0.1' });

beforeAll(async () => {
  guesser = new Guesser(server);
});
beforeEach(async () => {
  ann = (await server.signUp('Ann')).signedIn as SignedIn;
  email = ann.user.email ?? '';
});
const stranger = () => `unknown-${crypto.randomUUID()}@example.org`;

describe('guesses from a network', () => {
  it('right passwords are accepted from a network, whatever its other clients guess', async () => {
    const from = '2001:db8:1:2::7';
    const guesses = Array.from({ length: 60 }, () => guesser.guess(1, stranger(), { from }));
    await Promise.all(guesses);
    for (const neighbour of [from, '2001:db8:1:2:ffff::1'])
      expect((await guesser.login(email, right, { from: neighbour })).status).toBe(200);
    expect(await server.database.query('select key from rate_limits')).toEqual(
      await server.database.query(`select key from rate_limits where key like 'registration-%'`),
    );
  });

  it('sign-ins to an account that has to wait write nothing and hash nothing', async () => {
    await guesser.exhaust(email, { from: '198.51.100.10' });
    const versions = () =>
      server.database.query('select key, xmin::text from throttles order by key');
    const before = await versions();
    const hashes = await guesser.hashesOf(async () => {
      for (let turn = 0; turn < 12; turn += 1)
        expect(await guesser.login(email, right, { from: '198.51.100.9' })).toBeProblem(
          429,
          'rate_limited',
        );
    });
    expect(hashes).toBe(0);
    expect(await versions()).toEqual(before);
  });

  it('a crowd with right passwords signs in repeatedly from one network at the same time', async () => {
    const from = '198.51.100.77';
    const people = await Promise.all(Array.from({ length: 15 }, () => server.signUp()));
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(
        people.map(({ signedIn }) => guesser.login(signedIn?.user.email ?? '', right, { from })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
  });
});

describe('sign-ins to one account', () => {
  it('an account signs in a hundred times at once, then once in six seconds, without hashes in between', async () => {
    const shares = server.app.get(RequestShares, { strict: false });
    for (let turn = 0; turn < 130; turn += 1)
      await shares.paceSignIns(email, () => Promise.resolve(true)).catch(() => undefined);
    const hashes = await guesser.hashesOf(async () => {
      const answer = await guesser.login(email, right);
      const { retryAfter = 0 } = expectProblem(answer, 429, 'rate_limited');
      expect(retryAfter).toBeLessThanOrEqual(6);
    });
    expect(hashes).toBe(0);
    expect((await guesser.login(stranger(), right)).status).toBe(401);
  });

  it('an account that signs in constantly does not delay other accounts', async () => {
    const ben = (await server.signUp('Ben')).signedIn as SignedIn;
    const attempts = Array.from({ length: 120 }, () => guesser.login(email, right));
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = await guesser.login(ben.user.email ?? '', right, { from: '203.0.113.9' });
      expect(answer.status).toBe(200);
    }
    const seen = new Set((await Promise.all(attempts)).map(({ status }) => status));
    // The excess sign-ins get 429, and no queue is overloaded.
    expect([...seen].filter((status) => status !== 200 && status !== 429)).toEqual([]);
  });
});

/** Keeps every place for hashing taken, and the queue for places full. */
function crowdOut(passwords: PasswordsService): () => Promise<unknown> {
  let isOn = true;
  const insist = async (_: unknown, place: number) => {
    const owner = { account: `crowd ${place}`, network: `network ${place}` };
    while (isOn)
      try {
        await passwords.hash(right, owner);
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

describe('a guess while too many hashes wait', () => {
  it('a guess that could not be compared is not counted', async () => {
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
