import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { type Neighbour, startNeighbour } from '../../support/neighbour.js';
import type { SignedIn, User } from '../../support/shapes.js';

const ADMIN_EMAIL = 'chief@example.org';
const ADMIN_PASSWORD = 'harbour lantern seven';
const own = { email: 'Chief@example.org', password: 'chosen by a stranger' };

let server: TestApp;
const replicas: Neighbour[] = [];
beforeAll(async () => {
  server = await startApp();
});
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await server.stop();
});

const admins = () =>
  server.database.query(`select from users where role = 'admin' and status = 'active'`);

/** Starts another replica that is configured with this first admin. */
async function start(): Promise<void> {
  replicas.push(await startNeighbour(server, { ADMIN_EMAIL, ADMIN_PASSWORD }));
}

const signIn = (email: string, password: string) =>
  server.anyone.post<SignedIn>('/v1/auth/login', { email, password });

describe('an account registered with the address of ADMIN_EMAIL', () => {
  let stranger: Client;
  beforeAll(async () => {
    const { body } = await server.anyone.post<SignedIn>('/v1/auth/register', {
      ...own,
      displayName: 'Stranger',
    });
    stranger = server.anyone.as(body);
  });

  it('the account gets no rights while there is an administrator', async () => {
    await start();
    expect((await stranger.get<User>('/v1/me')).body.role).toBe('user');
    expect((await signIn(own.email, own.password)).status).toBe(200);
  });

  it('the first admin takes over the account, and its sign-ins end', async () => {
    await server.database.query(`update users set role = 'user' where role = 'admin'`);
    await start();
    expect(await admins()).toHaveLength(1);
    expect((await stranger.get('/v1/me')).status).toBe(401);
    const refreshToken = stranger.signedIn?.refreshToken;
    expect((await server.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await signIn(own.email, own.password)).status).toBe(401);
    const { status, body } = await signIn(ADMIN_EMAIL, ADMIN_PASSWORD);
    expect([status, body.user.role]).toEqual([200, 'admin']);
  });

  it('the next start keeps a password that the administrator has changed', async () => {
    const { body } = await signIn(ADMIN_EMAIL, ADMIN_PASSWORD);
    const admin = server.anyone.as(body);
    const newPassword = 'another lantern eight';
    await admin.put('/v1/me/password', { currentPassword: ADMIN_PASSWORD, newPassword });
    await start();
    expect((await signIn(ADMIN_EMAIL, ADMIN_PASSWORD)).status).toBe(401);
    expect((await signIn(ADMIN_EMAIL, newPassword)).status).toBe(200);
  });
});
