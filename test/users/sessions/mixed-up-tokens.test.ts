import { beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../support/api-keys.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import type { SignedIn } from '../../support/shapes.js';

// These tests send tokens, codes and links in places where other kinds belong.
let ann: Client;
let texts: Record<string, string>;

const password = 'a password for tests';
const KINDS = [
  'access token',
  'API key',
  'refresh token',
  'device token',
  'invite code',
  'link',
] as const;
const NAMED: Record<string, RegExp> = {
  'access token': / is a JWT such as an access token, which only the header Authorization takes/,
  'API key': / is an API key, which only the header Authorization of a backend takes/,
  'refresh token': / is a refresh token, which only POST \/v1\/auth\/refresh takes/,
  'device token': / is a device token, which only POST \/v1\/auth\/login takes/,
  'invite code': / is the code of an invite, which only POST \/v1\/auth\/guest and a join take/,
  link: / is a link/,
};

const server = useApp();

beforeAll(async () => {
  ann = await server.signUp('Ann');
  const { accessToken, refreshToken, deviceToken } = ann.signedIn as SignedIn;
  const room = await server.createRoom();
  const path = `/v1/rooms/${room.id}/invites`;
  const { code } = (await server.admin.post<{ code: string }>(path, { role: 'viewer' })).body;
  texts = {
    'access token': accessToken,
    'API key': (await createKey(server)).key,
    'refresh token': refreshToken,
    'device token': deviceToken,
    'invite code': code,
    link: `https://app.example.org/join?room=${room.id}&inviteCode=${code}&from=${'a'.repeat(200)}`,
  };
});
/** Expects that a message repeats no part of the received text. */
function expectNoLetterOf(text: string, detail: string): void {
  expect(detail).not.toContain(text.slice(8, 24));
}

const others = (expected: string) => KINDS.filter((kind) => kind !== expected);
const textOf = (kind: string) => texts[kind] ?? expect.unreachable();

describe('a refresh with a wrong text', () => {
  const refresh = (refreshToken: string) =>
    server.anyone.post('/v1/auth/refresh', { refreshToken });

  it.each(others('refresh token'))(
    'the refusal of the %s names its kind, and says what to send',
    async (kind) => {
      for (const copied of [textOf(kind), `Bearer ${textOf(kind)}`, ` "${textOf(kind)}"`]) {
        const { detail } = expectProblem(await refresh(copied), 401, 'unauthenticated');
        expect(detail).toMatch(NAMED[kind] as RegExp);
        expect(detail).toContain(': send the refreshToken of the last sign-in or refresh');
        expectNoLetterOf(textOf(kind), detail);
      }
    },
  );

  it.each(['', 'undefined', 'lkr_', 'x'.repeat(4_096)])(
    'the refusal of %j says what to send',
    async (text) => {
      const { detail } = expectProblem(await refresh(text), 401, 'unauthenticated');
      expect(detail).toContain(': send the refreshToken of the last sign-in or refresh');
    },
  );

  it('the refusal of a part of a refresh token says that the token was changed', async () => {
    const part = textOf('refresh token').slice(0, -3);
    const { detail } = expectProblem(await refresh(part), 401, 'unauthenticated');
    expect(detail).toContain('or was changed in transit');
  });
});

describe('a sign-in with a wrong device token', () => {
  it.each(others('device token'))('a sign-in ignores the %s as its deviceToken', async (kind) => {
    const { email } = (ann.signedIn as SignedIn).user;
    const login = { email, password, deviceToken: textOf(kind) };
    expect((await server.anyone.post('/v1/auth/login', login)).status).toBe(200);
  });
});

describe('a wrong text as invite code', () => {
  const asGuest = (inviteCode: string) =>
    server.anyone.post('/v1/auth/guest', { inviteCode, displayName: 'Gus' });

  it.each(others('invite code'))(
    'a guest who sends the %s as invite code gets a message that names its kind',
    async (kind) => {
      const { detail } = expectProblem(await asGuest(textOf(kind)), 403, 'invite_invalid');
      expect(detail).toMatch(NAMED[kind] as RegExp);
      expect(detail).toContain(': send only the code of the invite, which begins with lki_.');
      expectNoLetterOf(textOf(kind), detail);
    },
  );

  it.each(others('invite code'))(
    'a join that sends the %s as invite code gets the same message for every room',
    async (kind) => {
      const ben = await server.signUp('Ben');
      const wish = { inviteCode: textOf(kind) };
      const known = await server.createRoom({ access: 'users' });
      const answer = await ben.post(`/v1/rooms/${known.id}/join`, wish);
      expect(expectProblem(answer, 403, 'invite_invalid').detail).toMatch(NAMED[kind] as RegExp);
      const hidden = await server.createRoom({ access: 'members' });
      const details = new Set<string>();
      for (const room of [hidden.id, crypto.randomUUID(), 'no-such-slug']) {
        const unseen = await ben.post(`/v1/rooms/${room}/join`, wish);
        details.add(expectProblem(unseen, 404, 'not_found').detail);
      }
      expect([...details]).toEqual([expect.stringMatching(NAMED[kind] as RegExp)]);
    },
  );

  it('a text that may be an invite code gets the general refusal', async () => {
    for (const text of ['lki_0123456789abcdefghijklmnopq', 'a mistyped one', 'x'.repeat(300)]) {
      const { detail } = expectProblem(await asGuest(text), 403, 'invite_invalid');
      expect(detail).toBe(
        'The invite does not exist, or can no longer be used: check the code, or ask for a new invite.',
      );
    }
  });
});

describe('a wrong text as access code', () => {
  it.each(KINDS)(
    'a wrong access code that looks like the %s gets a message that names its kind',
    async (kind) => {
      const room = await server.createRoom({ accessCode: 'popcorn' });
      const answer = await ann.post(`/v1/rooms/${room.id}/join`, { accessCode: textOf(kind) });
      const { detail } = expectProblem(answer, 403, 'access_code_wrong');
      const [, words = ''] = / is (\w+ \w+)/.exec((NAMED[kind] as RegExp).source) ?? [];
      expect(detail).toContain(`looks like ${words}`);
      expectNoLetterOf(textOf(kind), detail);
    },
  );

  it('an access code may look like a link', async () => {
    const accessCode = 'https://popcorn.example.org/';
    const room = await server.createRoom({ accessCode });
    const ben = await server.signUp('Ben');
    expect((await ben.post(`/v1/rooms/${room.id}/join`, { accessCode })).status).toBe(200);
  });
});
