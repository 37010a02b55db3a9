import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

let inviteCode: string;
let people = 0;

const server = useApp();

beforeAll(async () => {
  const room = await server.createRoom();
  const made = await server.admin.post<{ code: string }>(`/v1/rooms/${room.id}/invites`, {
    role: 'viewer',
  });
  inviteCode = made.body.code;
});
const newKey = () => randomBytes(16).toString('base64url');

const BODIES: Record<string, () => Record<string, unknown>> = {
  guest: () => ({ inviteCode, displayName: `Gwen ${(people += 1)}` }),
  register: () => ({
    email: `marked-${(people += 1)}@example.org`,
    password: 'a password for tests',
    displayName: 'Ann',
  }),
};

describe.each(Object.entries(BODIES))('an Idempotency-Key of %s', (route, newBody) => {
  const ask = (body: Record<string, unknown>, key: string) =>
    server.anyone.post<SignedIn>(`/v1/auth/${route}`, body, { 'idempotency-key': key });
  const users = async () =>
    (await server.database.query<{ id: string }>('select id from users')).length;

  it('a retried request with the same key returns tokens of the same sign-in', async () => {
    const [body, key] = [newBody(), newKey()];
    const first = await ask(body, key);
    expect(first.status).toBe(201);
    const before = await users();
    const again = await ask(body, key);
    const { user, refreshToken, refreshTokenExpiresAt, deviceToken } = first.body;
    expect(again).toMatchObject({
      status: 201,
      body: { user, refreshToken, refreshTokenExpiresAt, deviceToken },
    });
    expect(await users()).toBe(before);
    expect((await server.anyone.as(again.body).get('/v1/me')).status).toBe(200);
  });

  it.each([
    ['its access token', (made: SignedIn) => server.anyone.as(made).get('/v1/me')],
    [
      'its refresh token',
      ({ refreshToken }: SignedIn) => server.anyone.post('/v1/auth/refresh', { refreshToken }),
    ],
    ['its sign-out', (made: SignedIn) => server.anyone.as(made).post('/v1/auth/logout')],
  ])('a retried request returns no tokens after %s was used', async (_, use) => {
    const [body, key] = [newBody(), newKey()];
    const { body: made } = await ask(body, key);
    expect((await use(made)).status).toBeLessThan(300);
    expect(await ask(body, key)).toBeProblem(409, 'idempotency_key_reused');
  });

  it('simultaneous requests with the same key make one sign-in', async () => {
    const [body, key] = [newBody(), newKey()];
    const before = await users();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(body, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body: { refreshToken } }) => refreshToken)).size).toBe(1);
    expect(await users()).toBe(before + 1);
  });

  it('a key that is sent with another body is refused, and creates nothing', async () => {
    const key = newKey();
    await ask(newBody(), key);
    const before = await users();
    expect(await ask(newBody(), key)).toBeProblem(409, 'idempotency_key_reused');
    expect(await users()).toBe(before);
  });

  it('a key of fewer than 22 characters is refused', async () => {
    const before = await users();
    const refused = await ask(newBody(), 'k'.repeat(21));
    expect(refused).toBeProblem(400, 'invalid_request');
    expect(JSON.stringify(refused.body)).toContain('22');
    expect(await users()).toBe(before);
    expect((await ask(newBody(), newKey().slice(0, 22))).status).toBe(201);
  });

  it('a key expires after 10 minutes', async () => {
    const key = newKey();
    const body = newBody();
    const { body: made } = await ask(body, key);
    const age = (seconds: number) =>
      server.database.query(
        'update sign_in_marks set made_at = made_at - make_interval(secs => $1)',
        [seconds],
      );
    await age(595);
    expect((await ask(body, key)).body.refreshToken).toBe(made.refreshToken);
    await age(6);
    const later = await ask(newBody(), key);
    expect(later.status).toBe(201);
    expect(later.body.refreshToken).not.toBe(made.refreshToken);
  });

  it('a key is stored without its text, the body or the tokens', async () => {
    const [body, key] = [newBody(), newKey()];
    const { body: made } = await ask(body, key);
    const rows = JSON.stringify(
      await server.database.query(
        `select encode(mark, 'escape') as mark, encode(request_hash, 'escape') as hash, k.*
           from sign_in_marks k`,
      ),
    );
    for (const secret of [key, made.accessToken, made.refreshToken, inviteCode])
      expect(rows).not.toContain(secret);
  });
});
