import { hash } from '@node-rs/argon2';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  emailOf,
  idOf,
  PASSWORD,
  sessionIdOf,
  signInAgain,
  statusesOf,
  trailOf,
} from '../../support/accounts.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';

const OTHER = 'another password altogether';
const server = useApp();
const change = (client: Client, newPassword = OTHER, currentPassword = PASSWORD) =>
  client.put('/v1/me/password', { currentPassword, newPassword });
const login = (client: Client, password: string) =>
  server.anyone.post('/v1/auth/login', { email: emailOf(client), password });

/** Signs in while a change of the same user holds the lock; returns the status after the change. */
async function signInBeside(change: string, value: string): Promise<number> {
  const ann = await server.signUp();
  const other = new pg.Client({ connectionString: server.database.url });
  await other.connect();
  try {
    await other.query('begin');
    await other.query(change, [idOf(ann), value]);
    let status: number | undefined;
    const signIn = login(ann, PASSWORD).then((answer) => (status = answer.status));
    const waiting = 'select 1 from pg_locks where not granted';
    await expect
      .poll(async () => status ?? (await server.database.query(waiting)).length)
      .toBeGreaterThan(0);
    await other.query('commit');
    return await signIn;
  } finally {
    await other.end();
  }
}

describe('a change of one’s own password', () => {
  it('a change of the password ends all other sign-ins at once, and keeps the current sign-in', async () => {
    const ann = await server.signUp();
    const others = [await signInAgain(server, ann), await signInAgain(server, ann)];
    expect((await change(ann)).status).toBe(204);
    expect(await statusesOf([ann, ...others])).toEqual([200, 401, 401]);
    const [other] = others;
    for (const [client, status] of [
      [ann, 200],
      [other, 401],
    ] as const) {
      const body = { refreshToken: client?.signedIn?.refreshToken };
      expect((await server.anyone.post('/v1/auth/refresh', body)).status).toBe(status);
    }
    expect((await login(ann, PASSWORD)).status).toBe(401);
    expect((await login(ann, OTHER)).status).toBe(200);
    expect(await trailOf(server, idOf(ann))).toEqual([
      ['password.changed', {}],
      ['sessions.ended', { count: 2 }],
    ]);
  });

  it('a change needs the current password, and a wrong one does not end the sign-in', async () => {
    const ann = await server.signUp();
    expect(await change(ann, OTHER, 'not the password')).toBeProblem(403, 'current_password_wrong');
    expect((await ann.get('/v1/me')).status).toBe(200);
    expect((await login(ann, PASSWORD)).status).toBe(200);
    expect(await trailOf(server, idOf(ann))).toEqual([]);
  });

  it.each([
    ['short', /at least 12/],
    ['Password2024!', /common/],
    ['sOmebOdy-802', /the name of the account/],
    [PASSWORD, /must differ from the current password/],
  ])('the new password has to follow the rules: %s', async (newPassword, rule) => {
    const ann = await server.signUp('Somebody');
    const { errors } = expectProblem(await change(ann, newPassword), 400, 'invalid_request');
    expect(errors).toEqual([
      { pointer: '/newPassword', detail: expect.stringMatching(rule) as string },
    ]);
  });

  it('wrong guesses are counted before they are compared, and only for their own sign-in', async () => {
    const ann = await server.signUp();
    const thief = await signInAgain(server, ann);
    const guesses = Array.from({ length: 25 }, (_, at) => change(thief, OTHER, `a guess ${at}`));
    const codes = (await Promise.all(guesses)).map(({ body }) => (body as { code: string }).code);
    expect(codes.filter((code) => code === 'current_password_wrong').length).toBeLessThanOrEqual(
      12,
    );
    // The count stays blocked, however slow the test is.
    await server.database.query(
      `update throttles set blocked_until = clock_timestamp() + interval '1 minute'`,
    );
    const limited = await change(thief);
    expect(expectProblem(limited, 429, 'rate_limited').retryAfter).toBeGreaterThan(0);
    expect((await change(ann)).status).toBe(204);
  });

  it('the right password resets the count of guesses', async () => {
    const ann = await server.signUp();
    for (let round = 0; round < 3; round += 1) {
      for (let guess = 0; guess < 5; guess += 1)
        expect((await change(ann, OTHER, 'not the password')).status).toBe(403);
      const [from, to] = round % 2 ? [OTHER, PASSWORD] : [PASSWORD, OTHER];
      expect((await change(ann, to, from)).status).toBe(204);
    }
  });

  it('simultaneous changes from two sign-ins succeed once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ann = await server.signUp();
      const other = await signInAgain(server, ann);
      const wishes = ['the first wish of the two', 'the second wish of the two'];
      const answers = await Promise.all(
        wishes.map((wish, index) => change(index ? other : ann, wish)),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 204)).toHaveLength(1);
      const winner = statuses.indexOf(204);
      expect((await login(ann, wishes[winner] ?? '')).status).toBe(200);
      expect((await login(ann, wishes[1 - winner] ?? '')).status).toBe(401);
      const [live, dead] = winner ? [other, ann] : [ann, other];
      expect(await statusesOf([live, dead])).toEqual([200, 401]);
    }
  });

  it('simultaneous changes from one sign-in succeed once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ann = await server.signUp();
      const wishes = ['the first wish of the two', 'the second wish of the two'];
      const answers = await Promise.all(wishes.map((wish) => change(ann, wish)));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 403]);
    }
  });

  it('a sign-in that has already compared the old password waits for the change, and fails', async () => {
    const set = 'update users set password_hash = $2 where id = $1';
    expect(await signInBeside(set, await hash(OTHER))).toBe(401);
  });

  it('a user who is disabled during the comparison is not signed in', async () => {
    const disable = 'update users set status = $2 where id = $1';
    expect(await signInBeside(disable, 'disabled')).toBe(403);
  });

  it('a session opened with the old password during the change is ended', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ann = await server.signUp();
      const logins = Array.from({ length: 6 }, () => login(ann, PASSWORD));
      const changed = await change(ann);
      const answers = await Promise.all(logins);
      expect(changed.status).toBe(204);
      const opened = answers.filter(({ status }) => status === 200);
      const clients = opened.map(({ body }) => ann.as(body as never));
      expect(await statusesOf(clients)).toEqual(clients.map(() => 401));
    }
  });

  it('a change fails if its session has ended after the request began', async () => {
    const ann = await server.signUp();
    const id = sessionIdOf(ann);
    await server.database.query(`
      create function end_session() returns trigger language plpgsql as $$ begin
        update sessions set revoked_at = clock_timestamp() where id = '${id}'; return old; end $$`);
    // The guard counts the guess; the right guess is deleted just before the change.
    await server.database.query(
      'create trigger end_session after delete on throttles for each row execute function end_session()',
    );
    try {
      expect(await change(ann)).toBeProblem(401, 'unauthenticated');
    } finally {
      await server.database.query('drop function end_session cascade');
    }
    expect((await login(ann, PASSWORD)).status).toBe(200);
  });
});
