import { describe, expect, it } from 'vitest';
import { RequestStatements } from '../../support/request-statements.js';
import type { User } from '../../support/shapes.js';
import { now, onDevice, useTrustingServer } from '../../support/trusting-server.js';

const trusted = useTrustingServer({}, { RATE_LIMITS: 'off' });

const usersOf = (subject: string) =>
  trusted.count('select count(*) from users where external_id = $1', [subject]);
const sessionsOf = (subject: string) =>
  trusted.count(
    `select count(*) from sessions s join users u on u.id = s.user_id where u.external_id = $1`,
    [subject],
  );

describe('the first requests of a person', () => {
  it('200 at once with one token make one user, one session and two audit entries', async () => {
    const sub = trusted.newSubject();
    const client = await trusted.client({ sub });
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => client.get<User>('/v1/me')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await usersOf(sub)).toBe(1);
    expect(await sessionsOf(sub)).toBe(1);
    const entries = 'select count(*) from audit_entries where user_id = $1';
    expect(await trusted.count(entries, [answers[0]?.body.id])).toBe(2);
  });

  it('at once with different tokens of one sign-in, they make one user and one session', async () => {
    const sub = trusted.newSubject();
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        trusted.verdictOnClaims({ sub, sid: 'first', jti: String(number), iat: now() - number }),
      ),
    );
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    expect([await usersOf(sub), await sessionsOf(sub)]).toEqual([1, 1]);
  });

  it('an expired token at the same time does not refuse a good token of the same sign-in', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const claims = { sub: trusted.newSubject(), sid: 'first' };
        const times = { iat: now() - 400, exp: now() - 60 };
        const expired = await trusted.issuer.sign({ ...claims, ...times });
        const good = await trusted.issuer.sign(claims);
        return Promise.all([expired, good].map((text) => trusted.verdictOn(text)));
      }),
    );
    for (const pair of verdicts) expect(pair).toEqual(['expired', 'accepted']);
  });

  it('at once on 10 devices, they make one user with 10 sessions', async () => {
    const sub = trusted.newSubject();
    const token = await trusted.issuer.sign({ sub });
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        trusted.verdictOn(token, onDevice(`device-${number % 10}`)),
      ),
    );
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    expect([await usersOf(sub), await sessionsOf(sub)]).toEqual([1, 10]);
  });

  it('the first sight is one writing statement, a new token one, and a known token none', async () => {
    const statements = new RequestStatements(trusted.server);
    try {
      const sub = trusted.newSubject();
      const claims = { sub, sid: 'first' };
      const first = await trusted.client({ ...claims, iat: now() - 20 });
      const newer = await trusted.client({ ...claims, iat: now() - 10, exp: now() + 400 });
      const sent = async (client: typeof first) =>
        (await statements.of(() => client.get('/v1/me')))[1];
      const reads = await sent(trusted.server.admin);
      const ofFirst = await sent(first);
      expect(ofFirst.filter((name) => !isRead(name))).toEqual(['issuers.create-person']);
      expect(ofFirst).not.toContain('unnamed');
      expect(await sent(first)).toEqual(reads);
      expect((await sent(newer)).filter((name) => !isRead(name))).toEqual([
        'issuers.renew-session',
      ]);
      expect(await sent(newer)).toEqual(reads);
      expect(await sent(first)).toEqual(reads);
    } finally {
      statements.stop();
    }
  });
});

const isRead = (name: string) => /find|is-crowded|^SELECT/.test(name);

describe('the name of a person', () => {
  const nameOf = async (claims: Record<string, unknown>) =>
    (await (await trusted.client(claims)).get<User>('/v1/me')).body.displayName;

  it('each opening of a session takes the name of its token', async () => {
    const sub = trusted.newSubject();
    expect(await nameOf({ sub, sid: 'a', name: 'Ann' })).toBe('Ann');
    expect(await nameOf({ sub, sid: 'a', name: 'Other', iat: now() + 5 })).toBe('Ann');
    expect(await nameOf({ sub, sid: 'b', name: 'Anna' })).toBe('Anna');
    expect(await nameOf({ sub, sid: 'c', name: undefined })).toBe('Anna');
    expect(await nameOf({ sub, sid: 'd', name: 'x'.repeat(200) })).toBe('x'.repeat(80));
  });

  it('without a name, it is User with a suffix, and never an e-mail address', async () => {
    const names = await Promise.all(
      [1, 2, 3].map(() =>
        nameOf({ sub: trusted.newSubject(), name: undefined, email: 'ann@example.org' }),
      ),
    );
    for (const name of names) expect(name).toMatch(/^User \S+$/);
    expect(new Set(names).size).toBe(3);
  });

  it.each(['', '  ', 7, ['Ann'], 'a\u0000b', '\u202e'])(
    'the odd name %j is no error',
    async (name) => {
      expect(await nameOf({ sub: trusted.newSubject(), name })).toMatch(/^User \S+$/);
    },
  );

  it('people are found by the name that their token claims', async () => {
    await nameOf({ sub: trusted.newSubject(), sid: 'a', name: 'Zuleika Dobson' });
    const { body } = await trusted.server.admin.get<{ items: User[] }>('/v1/users?search=zuleika');
    expect(body.items.map(({ displayName }) => displayName)).toEqual(['Zuleika Dobson']);
  });
});
