import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { SignedIn, User } from '../../support/shapes.js';

const server = useApp({ REGISTRATION: 'open', RATE_LIMITS: 'off', ACCESS_TOKEN_TTL: '3600' });
const password = 'a password for tests';

/** Addresses that browsers accept in `<input type=email>` (WHATWG HTML), and older accepted addresses. */
const TAKEN = [
  'simple@example.org',
  'user@localhost',
  "o'neill+tag@example.org",
  'a/b@example.org',
  "!#$%&'*+/=?^_`{|}~-@example.org",
  '.leading@example.org',
  'trailing.@example.org',
  'two..dots@example.org',
  'a@1.2.3.4',
  'digits@example.123',
  'a@b',
  'UPPER@EXAMPLE.ORG',
  'idn@xn--mnchen-3ya.example',
  `${'x'.repeat(64)}@${'y'.repeat(63)}.example`,
  // Browsers would refuse these addresses, but the server has always accepted them.
  'hyphen@ends-.example.org',
  `label@${'z'.repeat(70)}.example`,
];

const REFUSED = [
  '',
  ' ',
  'a',
  '@example.org',
  'a@',
  'a@@example.org',
  'a b@example.org',
  'a@exa mple.org',
  'a@-example',
  'a@example..org',
  'a@.example',
  'a@example.',
  '"quoted"@example.org',
  'a(comment)@example.org',
  'a,b@example.org',
  'a@example.org, b@example.org',
  'a@[127.0.0.1]',
  'jörg@example.org',
  'a@exa_mple',
  'a\u0001@example.org',
  `${'x'.repeat(250)}@b.org`,
];

const register = (email: string) =>
  server.anyone.post<SignedIn>('/v1/auth/register', { email, password, displayName: 'Somebody' });
const login = (email: string) =>
  server.anyone.post<SignedIn>('/v1/auth/login', { email, password });

describe('e-mail addresses', () => {
  it.each(TAKEN)('every route that reads an address accepts %s', async (email) => {
    const registered = await register(` \u200b${email}\t`);
    expect(registered).toMatchObject({ status: 201, body: { user: { email } } });
    expect((await login(`\n\u2068${email.toUpperCase()}\u2069 `)).status).toBe(200);
    const found = await server.admin.get<{ items: User[] }>(
      `/v1/users?search=${encodeURIComponent(` ${email.toLowerCase()} `.slice(0, 79))}`,
    );
    expect(found.body.items.map((user) => user.email)).toContain(email);
    const me = server.anyone.as(registered.body);
    expect((await me.delete('/v1/me')).status).toBe(204);
    const made = await server.admin.post<User>('/v1/users', {
      email: `${email} `,
      password,
      displayName: 'Somebody',
    });
    expect(made).toMatchObject({ status: 201, body: { email } });
    const path = `/v1/users/${made.body.id}`;
    expect(await server.admin.patch(path, { email: ` ${email}` })).toMatchObject({
      status: 200,
      body: { email },
    });
    const again = server.anyone.as((await login(email)).body);
    expect(await again.patch('/v1/me', { email: `${email}\u00a0` })).toMatchObject({
      status: 200,
      body: { email },
    });
    expect(testConfig({ ADMIN_EMAIL: ` ${email} ` }).ADMIN_EMAIL).toBe(email);
    expect((await server.admin.delete(path)).status).toBe(204);
  });

  it.each(REFUSED)('every route that reads an address refuses %j', async (email) => {
    const answers = [
      await register(email),
      await login(email),
      await server.admin.post('/v1/users', { email, password, displayName: 'Somebody' }),
      await server.admin.patch(`/v1/users/${server.admin.signedIn?.user.id}`, { email }),
      await server.admin.patch('/v1/me', { email }),
    ];
    for (const answer of answers)
      expect(placesOf(expectProblem(answer, 400, 'invalid_request'))).toContain('/email');
    if (email !== '') expect(() => testConfig({ ADMIN_EMAIL: email })).toThrow(/ADMIN_EMAIL/);
  });

  it('an address has at most 255 characters, without the spaces around it', async () => {
    const email = `${'x'.repeat(251)}@b.c`;
    expect((await register(`  ${email}  `)).status).toBe(201);
    expect(await register(`x${email}`)).toBeProblem(400, 'invalid_request');
  });

  it('the domain of an address is stored in ASCII, however the client writes it', async () => {
    const registered = await register('eva@Bücher.example');
    expect(registered.body.user.email).toBe('eva@xn--bcher-kva.example');
    for (const email of ['eva@bücher.example', 'eva@xn--bcher-kva.example', 'EVA@BÜCHER.example'])
      expect([email, (await login(email)).status]).toEqual([email, 200]);
    expect(await register('eva@bu\u0308cher.example')).toBeProblem(409, 'email_taken');
  });
});
