import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import type { ProblemBody, SignedIn, User } from '../../support/shapes.js';

// These tests start servers in turn, because each test needs its own configuration.
let server: TestApp;

afterEach(() => server.stop());

const ann = { email: 'ann@example.org', password: 'a password for tests', displayName: 'Ann' };
const register = <Body>() => server.anyone.post<Body>('/v1/auth/register', ann);
const login = (password = ann.password) =>
  server.anyone.post<SignedIn>('/v1/auth/login', { email: ann.email, password });

describe('registration', () => {
  it('a registered user is pending if an administrator has to approve', async () => {
    server = await startApp({ REGISTRATION: 'approval' });
    const { status, body } = await register<User>();
    expect(status).toBe(202);
    expect(body).toMatchObject({ email: ann.email, role: 'user', status: 'pending' });
    expect(Object.keys(body).filter((name) => name.endsWith('Token'))).toEqual([]);
    expect(await login('another password')).toBeProblem(401, 'invalid_credentials');
    expect(await login()).toBeProblem(403, 'account_pending');
    await server.admin.patch(`/v1/users/${body.id}`, { status: 'active' });
    expect((await login()).status).toBe(200);
  });

  it('a registration is refused if registration is closed, and the account cannot sign in', async () => {
    server = await startApp({ REGISTRATION: 'closed' });
    expect(await register<ProblemBody>()).toBeProblem(403, 'registration_closed');
    expect(await login()).toBeProblem(401, 'invalid_credentials');
  });

  it('a registration needs a password of the configured length', async () => {
    server = await startApp({ PASSWORD_MIN_LENGTH: String(ann.password.length + 1) });
    expect(await register<ProblemBody>()).toBeProblem(400, 'invalid_request');
  });
});

describe('the end of a session', () => {
  it.each(['idle_expires_at', 'expires_at'])('a session ends at its %s', async (end) => {
    server = await startApp();
    const { body } = await register<SignedIn>();
    const client = server.anyone.as(body);
    const values = [body.user.id];
    const set = `update sessions set ${end} = clock_timestamp()`;
    await server.database.query(`${set} + interval '1 minute' where user_id = $1`, values);
    expect((await client.get('/v1/me')).status).toBe(200);
    await server.database.query(`${set} where user_id = $1`, values);
    expect(await client.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    const { refreshToken } = body;
    const refreshed = await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed).toBeProblem(401, 'unauthenticated');
  });

  it('a session never outlives its maximum lifetime, however often it is refreshed', async () => {
    server = await startApp({ SESSION_TTL: '60' });
    const { body } = await register<SignedIn>();
    const { refreshToken, refreshTokenExpiresAt } = body;
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    expect(refreshed.body.refreshTokenExpiresAt).toBe(refreshTokenExpiresAt);
    const [, payload = ''] = body.accessToken.split('.');
    const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number };
    const left = Date.parse(refreshTokenExpiresAt) / 1000 - iat;
    expect(left).toBeGreaterThan(58);
    expect(left).toBeLessThan(63);
  });
});

describe('an access token', () => {
  it('an access token expires, while its session continues', async () => {
    server = await startApp({ ACCESS_TOKEN_TTL: '1' });
    const { body } = await register<SignedIn>();
    const client = server.anyone.as(body);
    await expect
      .poll(async () => (await client.get('/v1/me')).status, { timeout: 5_000 })
      .toBe(401);
    const { refreshToken } = body;
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    expect(refreshed.status).toBe(200);
  });

  it('an access token names the public address as its issuer if one is configured', async () => {
    server = await startApp({ PUBLIC_URL: 'https://party.example.org' });
    const [, payload = ''] = (server.admin.token ?? '').split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({ iss: 'https://party.example.org', aud: 'latchkey' });
    expect((await server.admin.get('/v1/me')).status).toBe(200);
  });
});
