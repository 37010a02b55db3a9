import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import type { ProblemBody, SignedIn, User } from '../../support/shapes.js';

const password = 'a password for tests';
let count = 0;

const server = useApp();
function register(wish: Record<string, unknown> = {}) {
  count += 1;
  const email = `sign-in-${count}@example.org`;
  return server.anyone.post<SignedIn>('/v1/auth/register', {
    email,
    password,
    displayName: 'Ann',
    ...wish,
  });
}

const login = (email: string | null, secret = password, more = {}) =>
  server.anyone.post<SignedIn>('/v1/auth/login', { email, password: secret, ...more });
const emailOf = (client: Client) => client.signedIn?.user.email ?? null;
const idOf = (client: Client) => client.signedIn?.user.id;

describe('a registration', () => {
  it('a registered user is active and signed in if registration is open', async () => {
    const { status, body } = await register({ email: 'Ann.Open@Example.org' });
    expect(status).toBe(201);
    expect(body.user).toMatchObject({
      kind: 'person',
      email: 'Ann.Open@Example.org',
      displayName: 'Ann',
      role: 'user',
      status: 'active',
    });
    expect(Date.parse(body.refreshTokenExpiresAt)).toBeGreaterThan(
      Date.parse(body.accessTokenExpiresAt),
    );
    const me = await server.anyone.as(body).get<User>('/v1/me');
    expect(me.body).toEqual(body.user);
  });

  it('a registration with another user’s address is refused, whatever its case', async () => {
    await register({ email: 'twice@example.org' });
    const second = await register({ email: 'TWICE@Example.ORG' });
    expect(second).toBeProblem(409, 'email_taken');
  });

  it('a registration can neither choose a role nor use a password that is too short', async () => {
    const role = expectProblem(await register({ role: 'admin' }), 400, 'invalid_request');
    expect(placesOf(role)).toEqual(['/role']);
    const short = expectProblem(
      await register({ password: 'elevenchars' }),
      400,
      'invalid_request',
    );
    expect(placesOf(short)).toEqual(['/password']);
  });
});

describe('a sign-in', () => {
  it('each sign-in opens a session of its own, whatever the case of the address', async () => {
    const { body: first } = await register({ email: 'Case@Example.org' });
    const second = await login('cASE@exaMPLE.ORG');
    expect(second.status).toBe(200);
    expect(second.body.user).toEqual(first.user);
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    const again = await login('case@example.org', password, { deviceToken: first.deviceToken });
    expect(again.body.deviceToken).toBe(first.deviceToken);
    expect(second.body.deviceToken).not.toBe(first.deviceToken);
  });

  it('a failed sign-in does not reveal whether the account exists', async () => {
    const ann = await server.signUp();
    const wrong = await login(emailOf(ann), 'not the password');
    const unknown = await login('unknown@example.org', 'not the password');
    const { requestId, ...body } = expectProblem(wrong, 401, 'invalid_credentials');
    const { requestId: other, ...same } = unknown.body as unknown as ProblemBody;
    expect(same).toEqual(body);
    expect(other).not.toBe(requestId);
    expect([...wrong.headers.keys()]).toEqual([...unknown.headers.keys()]);
  });

  it('a disabled user learns that they are disabled only with the right password', async () => {
    const ann = await server.signUp();
    await server.admin.patch(`/v1/users/${idOf(ann)}`, { status: 'disabled' });
    expect(await login(emailOf(ann), 'not the password')).toBeProblem(401, 'invalid_credentials');
    expect(await login(emailOf(ann))).toBeProblem(403, 'account_disabled');
  });
});

describe('the end of a session', () => {
  it('a session ends at once when its user signs out, and other sessions continue', async () => {
    const ann = await server.signUp();
    const other = server.anyone.as((await login(emailOf(ann))).body);
    expect((await ann.post('/v1/auth/logout')).status).toBe(204);
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    const refreshToken = ann.signedIn?.refreshToken;
    const refreshed = await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed).toBeProblem(401, 'unauthenticated');
    expect((await other.get('/v1/me')).status).toBe(200);
  });

  it('a session ends at once when its user is disabled, and stays ended when the user is enabled again', async () => {
    const ann = await server.signUp();
    const refreshToken = ann.signedIn?.refreshToken;
    await server.admin.patch(`/v1/users/${idOf(ann)}`, { status: 'disabled' });
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    const refreshed = await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed).toBeProblem(401, 'unauthenticated');
    await server.admin.patch(`/v1/users/${idOf(ann)}`, { status: 'active' });
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    expect((await login(emailOf(ann))).status).toBe(200);
  });

  it('a session is valid only while its user is active, however the status was changed', async () => {
    const ann = await server.signUp();
    const set = 'update users set status = $2 where id = $1';
    await server.database.query(set, [idOf(ann), 'disabled']);
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
    await server.database.query(set, [idOf(ann), 'active']);
    expect((await ann.get('/v1/me')).status).toBe(200);
  });

  it('a session ends at once when its user is deleted', async () => {
    const ann = await server.signUp();
    await server.admin.delete(`/v1/users/${idOf(ann)}`);
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
  });

  it('a session continues after a change of role, and the new role applies at once', async () => {
    const ann = await server.signUp();
    const path = `/v1/users/${idOf(ann)}`;
    expect(await ann.get('/v1/users')).toBeProblem(403, 'forbidden');
    await server.admin.patch(path, { role: 'admin' });
    expect((await ann.get('/v1/users')).status).toBe(200);
    await server.admin.patch(path, { role: 'user' });
    expect(await ann.get('/v1/users')).toBeProblem(403, 'forbidden');
    expect((await ann.get<User>('/v1/me')).body.role).toBe('user');
  });
});

describe('an access token', () => {
  it('an access token verifies with the published keys, and has the claims of RFC 9068', async () => {
    const ann = await server.signUp();
    const url = new URL('/.well-known/jwks.json', server.url);
    const { payload, protectedHeader } = await jwtVerify(ann.token ?? '', createRemoteJWKSet(url), {
      issuer: 'latchkey',
      audience: 'latchkey',
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    const { body } = await server.anyone.get<{ keys: Record<string, unknown>[] }>(url.pathname);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: body.keys[0]?.['kid'] });
    expect(payload.sub).toBe(idOf(ann));
    expect(payload['sid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect((payload.exp ?? 0) * 1000).toBe(Date.parse(ann.signedIn?.accessTokenExpiresAt ?? ''));
    expect(body.keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
  });
});
