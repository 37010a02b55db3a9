import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageSession, emailOf, idOf, PASSWORD, signInAgain } from '../../support/accounts.js';
import { startApp, type TestApp } from '../../support/app.js';
import { RequestStatements } from '../../support/request-statements.js';
import type { Answer, Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { SignedIn, User } from '../../support/shapes.js';

describe('an administrator whose access token was stolen', () => {
  let server: TestApp;
  let admin: Client;

  beforeAll(async () => {
    server = await startApp();
    admin = await server.signUp('Admin');
    await server.admin.patch(`/v1/users/${idOf(admin)}`, { role: 'admin' });
  });
  afterAll(() => server.stop());

  const self = () => `/v1/users/${idOf(admin)}`;
  const upper = () => `/v1/users/${idOf(admin).toUpperCase()}`;
  const ways: [string, string, () => Promise<Answer<unknown>>][] = [
    ['password', '/v1/me', () => admin.put(`${self()}/password`, { password: 'a thief’s word' })],
    ['password', '/v1/me', () => admin.put(`${upper()}/password`, { password: 'a thief’s word' })],
    ['address', '/v1/me', () => admin.patch(self(), { email: 'thief@example.org' })],
    ['address', '/v1/me', () => admin.patch(upper(), { email: 'thief@example.org' })],
    [
      'address beside a name',
      '/v1/me',
      () => admin.patch(self(), { email: 'thief@example.org', displayName: 'Thief' }),
    ],
  ];

  it.each(ways)('a stolen access token cannot change the %s', async (_, place, attempt) => {
    const refused = expectProblem(await attempt(), 403, 'forbidden');
    expect(refused.detail).toContain(place);
    expect((await admin.get('/v1/me')).body).toMatchObject({
      displayName: 'Admin',
      email: emailOf(admin),
    });
    await signInAgain(server, admin);
  });

  it.each([
    ['deleted', () => admin.delete(self())],
    ['deleted by the id in capitals', () => admin.delete(upper())],
    ['disabled', () => admin.patch(self(), { status: 'disabled' })],
    ['made a user', () => admin.patch(upper(), { role: 'user' })],
  ])('the administrator cannot be %s with an old sign-in', async (_, attempt) => {
    await ageSession(server, admin, 601);
    expect(await attempt()).toBeProblem(403, 'fresh_sign_in_required');
    expect((await admin.get<User>('/v1/me')).body).toMatchObject({ role: 'admin' });
  });

  it('an old sign-in may still change the own name, and repeat the current role and status', async () => {
    await ageSession(server, admin, 601);
    const same = { displayName: 'Admin', role: 'admin', status: 'active' };
    expect((await admin.patch(self(), same)).status).toBe(200);
  });

  it('an old sign-in may still change and delete other users', async () => {
    const ann = await server.signUp();
    await ageSession(server, admin, 601);
    const path = `/v1/users/${idOf(ann)}`;
    const email = `other-${idOf(ann)}@example.org`;
    expect((await admin.patch(path, { email, status: 'disabled' })).status).toBe(200);
    expect((await admin.put(`${path}/password`, { password: PASSWORD })).status).toBe(204);
    expect((await admin.delete(path)).status).toBe(204);
  });

  it('an administrator may give up the role soon after a sign-in', async () => {
    const again = await signInAgain(server, admin);
    expect((await again.patch(self(), { role: 'user' })).status).toBe(200);
  });
});

describe('closed registration', () => {
  let server: TestApp;
  let ann: Client;
  let ben: Client;

  const made = async (email: string): Promise<Client> => {
    await server.admin.post('/v1/users', { email, password: PASSWORD, displayName: 'Somebody' });
    const answer = await server.anyone.post<SignedIn>('/v1/auth/login', {
      email,
      password: PASSWORD,
    });
    expect(answer.status).toBe(200);
    return server.anyone.as(answer.body);
  };

  beforeAll(async () => {
    server = await startApp({ REGISTRATION: 'closed' });
    [ann, ben] = [await made('ann@example.org'), await made('ben@example.org')];
  });
  afterAll(() => server.stop());

  async function statementsOf(work: () => Promise<Answer<unknown>>) {
    const statements = new RequestStatements(server);
    try {
      const [{ status, body }, asked] = await statements.of(work);
      return { status, body: { ...(body as object), requestId: null }, asked };
    } finally {
      statements.stop();
    }
  }

  it.each([
    [
      'a change of one’s own address',
      (email: string) => ann.patch('/v1/me', { email, displayName: 'Ann' }),
    ],
    [
      'a registration',
      (email: string) =>
        server.anyone.post('/v1/auth/register', { email, password: PASSWORD, displayName: 'X' }),
    ],
  ])(
    '%s gets the same refusal and the same statements, whether or not the address has an account',
    async (_, ask) => {
      const known = await statementsOf(() => ask(emailOf(ben)));
      const own = await statementsOf(() => ask(emailOf(ann)));
      const unknown = await statementsOf(() => ask('nobody@example.org'));
      expect(unknown).toMatchObject({ status: 403, body: { code: 'registration_closed' } });
      for (const each of [known, own]) expect(each).toEqual(unknown);
    },
  );

  it('a change of an address with an old sign-in gets the same refusal for every address', async () => {
    await ageSession(server, ann, 601);
    for (const email of [emailOf(ben), 'nobody@example.org'])
      expect(await ann.patch('/v1/me', { email })).toBeProblem(403, 'registration_closed');
    expect((await ann.patch('/v1/me', { displayName: 'Annabel' })).status).toBe(200);
  });

  it('administrators may change addresses, also their own', async () => {
    const path = `/v1/users/${idOf(ben)}`;
    expect((await server.admin.patch(path, { email: 'benedict@example.org' })).status).toBe(200);
    const changed = await server.admin.patch('/v1/me', { email: 'root@example.org' });
    expect(changed.status).toBe(200);
  });
});
