import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { Guesser, right } from '../../support/guesser.js';
import type { ProblemBody, SignedIn } from '../../support/shapes.js';

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
const waitIsOver = () =>
  server.database.query('update throttles set blocked_until = clock_timestamp()');

async function nameOf(kind: 'known' | 'unknown' | 'disabled'): Promise<string> {
  if (kind === 'unknown') return `unknown-${crypto.randomUUID()}@example.org`;
  if (kind === 'disabled')
    await server.admin.patch(`/v1/users/${ann.user.id}`, { status: 'disabled' });
  return email;
}

describe.each(['known', 'unknown', 'disabled'] as const)(
  'guesses at an account that is %s',
  (kind) => {
    it('ten guesses cost one hash each, and further guesses cost none', async () => {
      const name = await nameOf(kind);
      expect(await guesser.hashesOf(() => guesser.exhaust(name))).toBe(10);
      let refused: ProblemBody | undefined;
      const hashes = await guesser.hashesOf(async () => {
        const answer = await guesser.login(name, right);
        refused = expectProblem(answer, 429, 'rate_limited');
        expect(answer.headers.get('retry-after')).toBe(String(refused.retryAfter));
      });
      expect(hashes).toBe(0);
      const { requestId: _, ...rest } = refused ?? ({} as ProblemBody);
      expect(rest).toEqual({
        type: 'urn:latchkey:problem:rate_limited',
        title: 'Rate limited',
        status: 429,
        detail: 'Too many attempts: wait retryAfter seconds before the next attempt.',
        code: 'rate_limited',
        retryAfter: expect.any(Number),
      });
    });

    it('guesses count for the normalised address, and each wait is longer than the previous one', async () => {
      const name = await nameOf(kind);
      await guesser.guess(5, name);
      await guesser.guess(4, name.toUpperCase());
      const seconds: (number | undefined)[] = [];
      for (let round = 0; round < 4; round += 1) {
        await waitIsOver();
        await guesser.guess(1, name);
        const [row] = await server.database.query<{ seconds: number }>(
          `select extract(epoch from blocked_until - touched_at)::float8 as seconds from throttles
          where key like 'sign-in-account|%' order by touched_at desc limit 1`,
        );
        seconds.push(row?.seconds);
      }
      expect(seconds.map((each) => Math.round(each ?? 0))).toEqual([1, 2, 4, 8]);
    });
  },
);

describe('the longest wait', () => {
  it('the longest wait is 15 min, and the count starts again after a day without guesses', async () => {
    await guesser.guess(1, email);
    await server.database.query('update throttles set attempts = 40');
    await guesser.guess(1, email);
    const { retryAfter } = expectProblem(await guesser.login(email, right), 429, 'rate_limited');
    expect(retryAfter).toBeGreaterThan(840);
    expect(retryAfter).toBeLessThanOrEqual(900);
    await server.database.query(
      `update throttles set touched_at = clock_timestamp() - interval '25 hours',
              blocked_until = clock_timestamp() - interval '24 hours'`,
    );
    await guesser.guess(9, email);
  });
});

describe('the owner of an account that others guess at', () => {
  it('the owner gets in on a device of an earlier sign-in while others guess', async () => {
    const { deviceToken } = ann;
    await guesser.exhaust(email);
    expect(await guesser.login(email, right)).toBeProblem(429, 'rate_limited');
    expect((await guesser.login(email, right, { deviceToken })).status).toBe(200);
    // The sign-in of the owner does not reset the count of the others.
    expect(await guesser.login(email, right)).toBeProblem(429, 'rate_limited');
  });

  it('the owner has ten guesses on a known device, whatever others guess', async () => {
    const { deviceToken } = ann;
    await guesser.exhaust(email, { deviceToken });
    expect(await guesser.login(email, right, { deviceToken })).toBeProblem(429, 'rate_limited');
    expect((await guesser.login(email, right)).status).toBe(200);
    await waitIsOver();
    expect((await guesser.login(email, right, { deviceToken })).status).toBe(200);
    await guesser.guess(9, email, { deviceToken });
  });

  it('device tokens of more devices give no more guesses', async () => {
    const { deviceToken } = (await guesser.login(email, right)).body;
    expect(deviceToken).not.toBe(ann.deviceToken);
    await guesser.exhaust(email, { deviceToken });
    for (const token of [deviceToken, ann.deviceToken])
      expect(await guesser.login(email, right, { deviceToken: token })).toBeProblem(
        429,
        'rate_limited',
      );
  });

  it('the right password resets the count', async () => {
    await guesser.guess(9, email);
    expect((await guesser.login(email, right)).status).toBe(200);
    await guesser.guess(9, email);
    expect((await guesser.login(email, right)).status).toBe(200);
  });

  it('a device token of another user does not count as the owner’s', async () => {
    const ben = await server.signUp('Ben');
    const { deviceToken = '' } = ben.signedIn ?? {};
    await guesser.exhaust(email, { deviceToken });
    const forged = ann.deviceToken.slice(0, -1) + (ann.deviceToken.endsWith('_') ? '-' : '_');
    for (const token of [deviceToken, 'lkd_x', forged])
      expect(await guesser.login(email, right, { deviceToken: token })).toBeProblem(
        429,
        'rate_limited',
      );
  });
});

describe('device tokens', () => {
  const another = 'another password for tests';
  const reset = async () => {
    await server.admin.put(`/v1/users/${ann.user.id}/password`, { password: another });
  };
  const change = async (from: string, to: string) => {
    const passwords = { currentPassword: from, newPassword: to };
    const { accessToken } = (await guesser.login(email, from)).body;
    const owner = server.anyone.as({ ...ann, accessToken });
    expect((await owner.put('/v1/me/password', passwords)).status).toBe(204);
  };
  const changes: [what: string, change: () => Promise<void>, now: string][] = [
    ['is changed by its owner', () => change(right, another), another],
    ['is reset by an administrator', reset, another],
    [
      'is temporary, and changed by its owner',
      async () => {
        await reset();
        await change(another, 'a password of my own');
      },
      'a password of my own',
    ],
    [
      'is changed, and changed back',
      async () => {
        await change(right, another);
        await change(another, right);
      },
      right,
    ],
  ];

  it.each(changes)(
    'a device token ends when the password %s, and the next sign-in returns a new one',
    async (_, end, now) => {
      const { deviceToken } = ann;
      await end();
      const earned = (await guesser.login(email, now)).body;
      expect(earned.deviceToken).not.toBe(deviceToken);
      await guesser.exhaust(email);
      expect(await guesser.login(email, now, { deviceToken })).toBeProblem(429, 'rate_limited');
      const known = { deviceToken: earned.deviceToken };
      expect((await guesser.login(email, now, known)).status).toBe(200);
    },
  );

  it('the sign-in that changed the password gets a new device token at its next refresh', async () => {
    const { accessToken, refreshToken } = ann;
    const passwords = { currentPassword: right, newPassword: another };
    await server.anyone.as({ ...ann, accessToken }).put('/v1/me/password', passwords);
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    const { deviceToken } = refreshed.body;
    await guesser.exhaust(email);
    expect((await guesser.login(email, another, { deviceToken })).status).toBe(200);
  });
});
