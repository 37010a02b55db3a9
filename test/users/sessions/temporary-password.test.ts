import { describe, expect, it } from 'vitest';
import { ACCESS_LEVEL } from '../../../src/platform/access/access.decorator.js';
import {
  emailOf,
  idOf,
  PASSWORD,
  signInAgain,
  statusesOf,
  trailOf,
} from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client, Method } from '../../support/client.js';
import { expectProblem, placesOf } from '../../support/expect-problem.js';
import { handlersOf } from '../../support/handlers.js';
import type { SignedIn } from '../../support/shapes.js';

const TEMPORARY = 'a temporary password';
const OWN = 'a password of my own';
const server = useApp();
const reset = (client: Client, password = TEMPORARY) =>
  server.admin.put(`/v1/users/${idOf(client)}/password`, { password });

/** Creates a user who has signed in with a password that an administrator has set. */
async function newcomer(): Promise<Client> {
  const ann = await server.signUp();
  expect((await reset(ann)).status).toBe(204);
  return signInAgain(server, ann, TEMPORARY);
}

describe('a password that an administrator sets', () => {
  it('a new password ends all sessions of the user at once, and is the only password that works', async () => {
    const ann = await server.signUp();
    const other = await signInAgain(server, ann);
    expect((await reset(ann)).status).toBe(204);
    expect(await statusesOf([ann, other])).toEqual([401, 401]);
    const refreshToken = ann.signedIn?.refreshToken;
    const refreshed = await server.anyone.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed).toBeProblem(401, 'unauthenticated');
    const old = { email: emailOf(ann), password: PASSWORD };
    expect(await server.anyone.post('/v1/auth/login', old)).toBeProblem(401, 'invalid_credentials');
    await signInAgain(server, ann, TEMPORARY);
    expect(await trailOf(server, idOf(ann))).toEqual([
      ['password.reset', {}],
      ['sessions.ended', { count: 2 }],
    ]);
  });

  it('a new password has to follow the rules, and its user has to exist', async () => {
    const ann = await server.signUp();
    const refused = expectProblem(await reset(ann, 'Password2024!'), 400, 'invalid_request');
    expect(placesOf(refused)).toEqual(['/password']);
    const nobody = `/v1/users/${crypto.randomUUID()}/password`;
    const answer = await server.admin.put(nobody, { password: TEMPORARY });
    expect(answer).toBeProblem(404, 'not_found');
  });
});

describe('a temporary password that has not been changed', () => {
  it('every other route refuses a user with a temporary password, whatever their role', async () => {
    const ann = await newcomer();
    await server.admin.patch(`/v1/users/${idOf(ann)}`, { role: 'admin' });
    const closed = handlersOf(server.app).filter(
      ({ handler }) => Reflect.getMetadata(ACCESS_LEVEL, handler) !== 'anyone',
    );
    const codes = await Promise.all(
      closed.map(async ({ route }) => {
        const [method, path = ''] = route.split(' ');
        if (/^(PUT .*me\/password|POST .*logout)$/.test(route)) return [route, 'open'];
        const filled = path.replaceAll(/:\w+/g, crypto.randomUUID());
        const body = method === 'GET' || method === 'DELETE' ? undefined : {};
        const answer = await ann.send(method as Method, filled, body);
        return [route, `${answer.status} ${(answer.body as { code: string }).code}`];
      }),
    );
    expect(codes.filter(([, answer]) => answer === 'open')).toHaveLength(2);
    const others = codes.filter(([, answer]) => answer !== 'open');
    expect(others.length).toBeGreaterThan(20);
    for (const [route, answer] of others)
      expect([route, answer]).toEqual([route, '403 password_change_required']);
    await server.admin.patch(`/v1/users/${idOf(ann)}`, { role: 'user' });
  });

  it('a user with a temporary password may refresh, and is still refused elsewhere', async () => {
    const ann = await newcomer();
    const { refreshToken } = ann.signedIn as SignedIn;
    const refreshed = await server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });
    expect(refreshed.status).toBe(200);
    const again = await ann.as(refreshed.body).get('/v1/me');
    expect(again).toBeProblem(403, 'password_change_required');
  });

  it('a user with a temporary password may sign out', async () => {
    const ann = await newcomer();
    expect((await ann.post('/v1/auth/logout')).status).toBe(204);
    expect(await ann.get('/v1/me')).toBeProblem(401, 'unauthenticated');
  });

  it('a user who changes the temporary password to a different password may use every route', async () => {
    const ann = await newcomer();
    const same = { currentPassword: TEMPORARY, newPassword: TEMPORARY };
    expect(await ann.put('/v1/me/password', same)).toBeProblem(400, 'invalid_request');
    expect(await ann.get('/v1/me')).toBeProblem(403, 'password_change_required');
    const own = { currentPassword: TEMPORARY, newPassword: OWN };
    expect((await ann.put('/v1/me/password', own)).status).toBe(204);
    expect((await ann.get('/v1/me')).status).toBe(200);
    await server.join(ann, await server.createRoom());
    expect((await (await signInAgain(server, ann, OWN)).get('/v1/me')).status).toBe(200);
  });
});
