import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

let count = 0;

const server = useApp();
function register(password: string, wish: Record<string, string> = {}) {
  count += 1;
  const email = `password-${count}@example.org`;
  const body = { email, displayName: 'Theodora Lind', password, ...wish };
  return server.anyone.post<SignedIn>('/v1/auth/register', body);
}

const login = (email: string | null, password: string) =>
  server.anyone.post<SignedIn>('/v1/auth/login', { email, password });

/** Returns the rules for the password that a refusal names. */
function ruleOf(answer: Answer<unknown>): string | undefined {
  const { errors } = expectProblem(answer, 400, 'invalid_request');
  expect(errors?.map(({ pointer }) => pointer)).toEqual(['/password']);
  return errors?.[0]?.detail;
}

describe('the rules for passwords', () => {
  it('a password has at least PASSWORD_MIN_LENGTH characters, counted after NFC', async () => {
    expect(ruleOf(await register('elevenchars'))).toMatch(/^must have at least 12 characters$/);
    // These are 11 letters, written as 12 code points.
    expect(ruleOf(await register('eleve\u0301nchars'))).toMatch(
      /^must have at least 12 characters$/,
    );
    // These are 6 characters, written as 12 code units.
    expect(ruleOf(await register('🍿🎬🎤🎧🎼🎹'))).toMatch(/^must have at least 12 characters$/);
    expect((await register('twelve chars')).status).toBe(201);
  });

  it('a password has at most 128 characters, however many bytes they take', async () => {
    const longest = Array.from({ length: 128 }, (_, at) => String.fromCodePoint(0x1f300 + at * 2));
    expect(ruleOf(await register([...longest, 'x'].join('')))).toMatch(
      /^must have at most 128 characters$/,
    );
    const { status, body } = await register(longest.join(''));
    expect(status).toBe(201);
    expect((await login(body.user.email, longest.join(''))).status).toBe(200);
  });

  it('a password matches however its characters are composed', async () => {
    const { body } = await register('naïveté à la carte'.normalize('NFD'));
    expect((await login(body.user.email, 'naïveté à la carte'.normalize('NFC'))).status).toBe(200);
  });

  it.each([
    'only small letters',
    '9 7 5 3 1 0 8 6 4 2',
    '\tтри слова и таб',
    '🍿🎬🎤🎧🎼🎹🎸🎺🎻🥁🎷🎵',
  ])('a password may consist of any characters: %j', async (password) => {
    expect((await register(password)).status).toBe(201);
  });

  it.each([
    'administrator',
    'AdMiNiStRaToR',
    'Password2024!',
    '!!password123',
    'p@$$w0rd-2024',
    'iloveyouiloveyou',
    'Pass word Pass word',
    'qwertyuiop12',
    '1234567890123456',
    'Dragon_1998',
  ])('a password that attackers try first is refused: %s', async (password) => {
    const padded = password.padEnd(12, '!');
    expect(ruleOf(await register(padded))).toMatch(/^must not be a common password/);
  });

  it.each(['aaaaaaaaaaaa', 'abcabcabcabca', 'abcdefghijklmno', 'ZYXWVUTSRQPONM', '🍿'.repeat(12)])(
    'a sequence and a repetition of a few characters are refused: %s',
    async (password) => {
      expect(ruleOf(await register(password))).toMatch(/^must not be a sequence or a repetition/);
    },
  );

  it.each([
    'Quentina.Zamoyski@Example.org',
    'quentina.zamoyski',
    'QuentinaZamoyski1',
    'Theodora Lind',
    '!th30d0ral1nd99',
  ])('a password made of the address or the name of its owner is refused: %s', async (password) => {
    const email = 'quentina.zamoyski@example.org';
    expect(ruleOf(await register(password, { email }))).toMatch(
      /^must not be the e-mail address or the name/,
    );
  });

  it('a password that an administrator sets for a new user follows the same rules', async () => {
    const body = {
      email: 'made@example.org',
      displayName: 'Mad Hatter',
      password: 'Mad-Hatter-865',
    };
    expect(ruleOf(await server.admin.post('/v1/users', body))).toMatch(
      /^must not be the e-mail address/,
    );
    const common = { ...body, password: 'Letmein-2024' };
    expect(ruleOf(await server.admin.post('/v1/users', common))).toMatch(
      /^must not be a common password/,
    );
  });
});

describe('a password hash with weaker settings', () => {
  const password = 'a password for tests';
  const WEAK = { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1 } as const;

  async function signUpWeakly(): Promise<{ id: string; email: string }> {
    const { body } = await register(password);
    const { id, email } = body.user;
    await setHash(id, await hash(password, WEAK));
    return { id, email: email ?? '' };
  }
  const setHash = (id: string, value: string) =>
    server.database.query('update users set password_hash = $2 where id = $1', [id, value]);
  async function hashOf(id: string): Promise<string> {
    const sql = 'select password_hash as hash from users where id = $1';
    return (await server.database.query<{ hash: string }>(sql, [id]))[0]?.hash ?? '';
  }

  it('the next sign-in replaces a weaker hash, once', async () => {
    const { id, email } = await signUpWeakly();
    expect((await login(email, 'not the password')).status).toBe(401);
    expect(await hashOf(id)).toContain('m=8192,t=1');
    expect((await login(email, password)).status).toBe(200);
    const renewed = await hashOf(id);
    expect(renewed).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect((await login(email, password)).status).toBe(200);
    expect(await hashOf(id)).toBe(renewed);
  });

  it('simultaneous sign-ins that replace a weaker hash all succeed', async () => {
    const { email } = await signUpWeakly();
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(email, password)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('a password that is changed during the sign-in is kept', async () => {
    const { id, email } = await signUpWeakly();
    const changed = await hash('another password altogether');
    // This is the moment between the comparison and the new hash.
    await server.database.query(`
      create function change_password() returns trigger language plpgsql as $$ begin
        update users set password_hash = '${changed}' where id = new.user_id; return new; end $$`);
    await server.database.query(
      'create trigger change_password after insert on sessions for each row execute function change_password()',
    );
    try {
      await login(email, password);
    } finally {
      await server.database.query('drop function change_password cascade');
    }
    expect(await hashOf(id)).toBe(changed);
  });
});
