import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

const HOUR = 3600;

const server = useApp();
/** A client and the first refresh token of its session. */
async function signUp() {
  const ann = await server.signUp();
  return { ann, first: ann.signedIn as SignedIn };
}

const refresh = ({ refreshToken }: SignedIn) =>
  server.anyone.post<SignedIn>('/v1/auth/refresh', { refreshToken });

async function refreshed(signedIn: SignedIn): Promise<SignedIn> {
  const { status, body } = await refresh(signedIn);
  expect(status).toBe(200);
  return body;
}

/** Moves the last exchange of a token so many seconds into the past. */
function age({ signedIn }: Client, seconds: number): Promise<object[]> {
  return server.database.query(
    'update sessions set rotated_at = rotated_at - make_interval(secs => $2) where user_id = $1',
    [signedIn?.user.id, seconds],
  );
}

const entriesOf = ({ signedIn }: Client, action: string) =>
  server.database.query(
    `select actor_id as "actorId", address, details->>'sessionId' is not null as "namesSession"
       from audit_entries where user_id = $1 and action = $2`,
    [signedIn?.user.id, action],
  );

/** Expects that the session has ended because of a reused token. */
async function expectEnd(ann: Client, ...tokens: SignedIn[]): Promise<void> {
  for (const signedIn of tokens) {
    expect(await ann.as(signedIn).get('/v1/me')).toBeProblem(401, 'unauthenticated');
    expect(await refresh(signedIn)).toBeProblem(401, 'unauthenticated');
  }
  expect(await entriesOf(ann, 'session.reused')).toHaveLength(1);
}

describe('a refresh token whose successor was never used', () => {
  it.each([11, 24 * HOUR - 60])(
    'the old token gets another successor %i s after its exchange, with an entry in the audit trail',
    async (seconds) => {
      const { ann, first } = await signUp();
      const lost = await refreshed(first);
      await age(ann, seconds);
      const next = await refreshed(first);
      expect([first.refreshToken, lost.refreshToken]).not.toContain(next.refreshToken);
      expect((await ann.as(next).get('/v1/me')).status).toBe(200);
      expect(await entriesOf(ann, 'session.forked')).toEqual([
        { actorId: first.user.id, address: '127.0.0.1', namesSession: true },
      ]);
      expect(await entriesOf(ann, 'session.reused')).toEqual([]);
      expect((await refresh(next)).status).toBe(200);
    },
  );

  it('the old token gets another successor even if the access token of the lost answer was used', async () => {
    const { ann, first } = await signUp();
    const lost = await refreshed(first);
    expect((await ann.as(lost).get('/v1/me')).status).toBe(200);
    await age(ann, 11);
    expect((await refresh(first)).status).toBe(200);
  });

  it('the old token gets the same second successor again for 10 s', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    const next = await refreshed(first);
    await age(ann, 9);
    expect((await refreshed(first)).refreshToken).toBe(next.refreshToken);
    expect(await entriesOf(ann, 'session.forked')).toHaveLength(1);
  });

  it('a use of the first successor ends the session after a second successor was made', async () => {
    const { ann, first } = await signUp();
    const lost = await refreshed(first);
    await age(ann, 11);
    const next = await refreshed(first);
    expect((await refreshed(first)).refreshToken).toBe(next.refreshToken);
    expect(await refresh(lost)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, lost, first, next);
  });

  it('a use of the old token ends the session 10 s after its second successor was made', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    const next = await refreshed(first);
    await age(ann, 11);
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, first, next);
  });

  it('a use of the old token more than 24 h after its exchange ends the session', async () => {
    const { ann, first } = await signUp();
    const lost = await refreshed(first);
    await age(ann, 24 * HOUR + 1);
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, first, lost);
    expect(await entriesOf(ann, 'session.forked')).toEqual([]);
  });

  it('a second successor may get another successor too', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    const second = await refreshed(first);
    const lost = await refreshed(second);
    await age(ann, 11);
    const third = await refreshed(second);
    expect(third.refreshToken).not.toBe(lost.refreshToken);
    expect((await refreshed(second)).refreshToken).toBe(third.refreshToken);
    expect((await refresh(third)).status).toBe(200);
  });

  it('an old token of a disabled user ends nothing, and gets a successor when the user is active again', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    const setStatus = (status: string) =>
      server.database.query('update users set status = $2 where id = $1', [first.user.id, status]);
    await setStatus('disabled');
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await setStatus('active');
    expect((await refresh(first)).status).toBe(200);
  });
});

describe('a refresh token whose successor was used', () => {
  it.each([0, 9, 11])(
    'a use of the old token ends the session %i s after its exchange',
    async (seconds) => {
      const { ann, first } = await signUp();
      const second = await refreshed(first);
      const third = await refreshed(second);
      await age(ann, seconds);
      expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
      await expectEnd(ann, first, second, third);
    },
  );

  it('a use of the old token ends the session, even if the used successor is the second one', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    const second = await refreshed(first);
    const third = await refreshed(second);
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, first, second, third);
  });

  it('a use of the old token ends the session after three exchanges, the number by which a fork moves the counter', async () => {
    const { ann, first } = await signUp();
    let last = first;
    for (let exchange = 1; exchange <= 3; exchange += 1) last = await refreshed(last);
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, first, last);
  });

  it('a use of the old token ends the session, however many exchanges followed its second successor', async () => {
    const { ann, first } = await signUp();
    await refreshed(first);
    await age(ann, 11);
    let last = await refreshed(first);
    for (let exchange = 1; exchange <= 4; exchange += 1) {
      last = await refreshed(last);
      expect(await entriesOf(ann, 'session.reused')).toEqual([]);
    }
    expect(await refresh(first)).toBeProblem(401, 'unauthenticated');
    await expectEnd(ann, first, last);
  });
});
