import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

const server = useApp();
const refresh = (refreshToken: string | undefined) =>
  server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });

async function refreshed(refreshToken: string | undefined): Promise<SignedIn> {
  const { status, body } = await refresh(refreshToken);
  expect(status).toBe(200);
  return body;
}

function sessionOf({ token = '' }: Client): string {
  const [, payload = ''] = token.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string }).sid;
}

function reuseOf(client: Client): Promise<object[]> {
  return server.database.query(
    `select actor_id, user_id, details, address from audit_entries
      where action = 'session.reused' and details->>'sessionId' = $1`,
    [sessionOf(client)],
  );
}

/** Moves the last refresh so many seconds into the past. */
function ageRotation(client: Client, seconds: number): Promise<object[]> {
  return server.database.query(
    'update sessions set rotated_at = rotated_at - make_interval(secs => $2) where id = $1',
    [sessionOf(client), seconds],
  );
}

describe('a refresh token', () => {
  it('a refresh token is exchanged for a successor and a new access token of the same session', async () => {
    const ann = await server.signUp();
    const next = await refreshed(ann.signedIn?.refreshToken);
    expect(next.user).toEqual(ann.signedIn?.user);
    expect(next.deviceToken).toBe(ann.signedIn?.deviceToken);
    expect(next.refreshToken).not.toBe(ann.signedIn?.refreshToken);
    expect(next.accessToken).not.toBe(ann.token);
    expect(sessionOf(ann.as(next))).toBe(sessionOf(ann));
    expect((await ann.as(next).get('/v1/me')).status).toBe(200);
    expect((await refreshed(next.refreshToken)).refreshToken).not.toBe(next.refreshToken);
  });

  it('a refresh token gets the same successor again after a lost answer', async () => {
    const ann = await server.signUp();
    const first = await refreshed(ann.signedIn?.refreshToken);
    await ageRotation(ann, 9);
    const again = await refreshed(ann.signedIn?.refreshToken);
    expect(again.refreshToken).toBe(first.refreshToken);
    expect((await ann.as(first).get('/v1/me')).status).toBe(200);
    expect(await reuseOf(ann)).toEqual([]);
  });

  it('a refresh token gets one successor, however many requests use it at the same time', async () => {
    const ann = await server.signUp();
    const used = Array.from({ length: 20 }, () => refreshed(ann.signedIn?.refreshToken));
    const successors = (await Promise.all(used)).map(({ refreshToken }) => refreshToken);
    expect(new Set(successors).size).toBe(1);
    expect((await refresh(successors[0])).status).toBe(200);
  });

  it('a refresh token that is used after its successor ends the session', async () => {
    const ann = await server.signUp();
    const second = await refreshed(ann.signedIn?.refreshToken);
    const third = await refreshed(second.refreshToken);
    expect(await refresh(ann.signedIn?.refreshToken)).toBeProblem(401, 'unauthenticated');
    for (const { accessToken } of [ann.signedIn as SignedIn, second, third])
      expect(
        await server.anyone.get('/v1/me', { authorization: `Bearer ${accessToken}` }),
      ).toBeProblem(401, 'unauthenticated');
    expect(await refresh(third.refreshToken)).toBeProblem(401, 'unauthenticated');
    const userId = ann.signedIn?.user.id;
    expect(await reuseOf(ann)).toEqual([
      {
        actor_id: userId,
        user_id: userId,
        details: { sessionId: sessionOf(ann) },
        address: '127.0.0.1',
      },
    ]);
  });

  it('a refresh token that is used more than a day after its exchange ends the session', async () => {
    const ann = await server.signUp();
    const next = await refreshed(ann.signedIn?.refreshToken);
    await ageRotation(ann, 24 * 3600 + 1);
    expect(await refresh(ann.signedIn?.refreshToken)).toBeProblem(401, 'unauthenticated');
    expect(await refresh(next.refreshToken)).toBeProblem(401, 'unauthenticated');
    expect(await ann.as(next).get('/v1/me')).toBeProblem(401, 'unauthenticated');
    expect(await reuseOf(ann)).toHaveLength(1);
  });

  it('a reused refresh token ends no other session of the user', async () => {
    const ann = await server.signUp();
    const { email } = (ann.signedIn as SignedIn).user;
    const { body } = await server.anyone.post<SignedIn>('/v1/auth/login', {
      email,
      password: 'a password for tests',
    });
    await refreshed((await refreshed(ann.signedIn?.refreshToken)).refreshToken);
    expect(await refresh(ann.signedIn?.refreshToken)).toBeProblem(401, 'unauthenticated');
    expect((await refresh(body.refreshToken)).status).toBe(200);
  });
});

describe('a made-up refresh token', () => {
  const madeUp: [string, (real: Buffer) => Buffer][] = [
    [
      'of the right session and counter',
      (real) => Buffer.concat([real.subarray(0, 20), Buffer.alloc(32)]),
    ],
    ['of the right session and an older counter', (real) => withCounter(real, 0)],
    ['of the right session and a later counter', (real) => withCounter(real, 9)],
    ['that is longer', (real) => Buffer.concat([real, Buffer.alloc(3)])],
    ['that is shorter', (real) => real.subarray(0, 30)],
    ['that is empty', () => Buffer.alloc(0)],
  ];

  function withCounter(real: Buffer, counter: number): Buffer {
    const copy = Buffer.from(real);
    copy.writeUInt32BE(counter, 16);
    return copy;
  }

  it.each(madeUp)('a made-up refresh token (%s) is refused and ends nothing', async (_, forge) => {
    const ann = await server.signUp();
    const first = await refreshed(ann.signedIn?.refreshToken);
    const { refreshToken } = await refreshed(first.refreshToken);
    const real = Buffer.from(refreshToken.replace('lkr_', ''), 'base64url');
    const forged = `lkr_${forge(real).toString('base64url')}`;
    expect(forged).not.toBe(refreshToken);
    expect(await refresh(forged)).toBeProblem(401, 'unauthenticated');
    expect(await reuseOf(ann)).toEqual([]);
    expect((await ann.get('/v1/me')).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('a refresh token is refused as an access token', async () => {
    const ann = await server.signUp();
    const authorization = `Bearer ${ann.signedIn?.refreshToken}`;
    expect(await server.anyone.get('/v1/me', { authorization })).toBeProblem(
      401,
      'unauthenticated',
    );
  });
});
