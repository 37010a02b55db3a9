import { beforeAll, describe, expect, it } from 'vitest';
import '../../support/expect-problem.js';
import { useApp } from '../../support/app.js';
import { fill, nameOf, routes } from '../../support/routes.js';
import { sendRaw } from '../../support/raw-http.js';

let room: string;

const server = useApp({ REGISTRATION: 'open' });

beforeAll(async () => {
  room = (await server.createRoom()).id;
});
/** Sends a raw request, one byte per character; returns the code and the detail of its problem. */
async function ask(head: readonly string[], body: string) {
  const lines = [...head, 'host: x', 'connection: close', '', body];
  const [answer] = await sendRaw(server.url, lines.join('\r\n'));
  const text = answer?.text ?? '';
  const problem = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, string>;
  return { status: answer?.status, code: problem['code'], detail: problem['detail'] ?? '' };
}

const latin1 = (bytes: Buffer) => bytes.toString('latin1');

function post(path: string, body: Buffer, type = 'application/json') {
  return ask(
    [`POST ${path} HTTP/1.1`, `content-length: ${body.length}`, `content-type: ${type}`],
    latin1(body),
  );
}

const registration = (password: string, email: string) =>
  `{"email":"${email}","password":"${password}","displayName":"Somebody"}`;

describe('a body that is not UTF-8', () => {
  it.each<[string, Buffer]>([
    ['ISO-8859-1', Buffer.from(registration('grüße aus köln', 'latin1@example.org'), 'latin1')],
    ['UTF-16, little-endian', Buffer.from(registration('a password here', 'a@b.org'), 'utf16le')],
    [
      'UTF-16, big-endian',
      Buffer.from(registration('a password here', 'a@b.org'), 'utf16le').swap16(),
    ],
    ['an overlong slash', Buffer.from(registration('a pass\xc0\xafword', 'a@b.org'), 'latin1')],
    ['half a surrogate pair', Buffer.from(registration('a pass\xed\xa0\x80', 'a@b.org'), 'latin1')],
    ['both halves as CESU-8', Buffer.from('{"a":"\xed\xa0\xbd\xed\xb8\x80"}', 'latin1')],
    ['a sequence that breaks off', Buffer.from('{"a":"\xe2\x82"}', 'latin1')],
    ['a sequence that ends with the body', Buffer.from('{"a":1}\xf0\x9f', 'latin1')],
    ['a byte of the middle of a sequence', Buffer.from('{"a":"\x80"}', 'latin1')],
    ['beyond Unicode', Buffer.from('{"a":"\xf4\x90\x80\x80"}', 'latin1')],
  ])('a body that is not UTF-8 is refused, and no byte is replaced: %s', async (_, body) => {
    const answer = await post('/v1/auth/register', body);
    expect(answer).toMatchObject({ status: 400, code: 'malformed_json' });
  });

  it('a registration with malformed UTF-8 creates no account, with either reading of the password', async () => {
    const users = await server.database.query(
      `select from users where email_key in ('latin1@example.org', 'a@b.org')`,
    );
    expect(users).toEqual([]);
  });

  it('every route that reads a body refuses malformed UTF-8', async () => {
    const user = server.admin.signedIn?.user.id ?? '';
    const body = Buffer.from('{"reason":"K\xf6ln"}', 'latin1');
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      const answer = await ask(
        [
          `${route.method} ${fill(route, room, user)} HTTP/1.1`,
          `authorization: Bearer ${server.admin.token}`,
          `content-length: ${body.length}`,
          'content-type: application/json',
        ],
        latin1(body),
      );
      const { status, code } = answer;
      expect([nameOf(route), status, code]).toEqual([nameOf(route), 400, 'malformed_json']);
    }
  });
});

describe('a body with a byte order mark', () => {
  it.each(['\ufeff{}', '\ufeff', '\ufeff{"email":"a@b.org"}'])(
    'a body that begins with a byte order mark is refused: %j',
    async (text) => {
      const answer = await post('/v1/auth/login', Buffer.from(text));
      expect(answer).toMatchObject({ status: 400, code: 'malformed_json' });
      expect(answer.detail).toContain('byte order mark');
    },
  );
});

describe('the charset of a body', () => {
  const body = Buffer.from('{"email":"admin@example.org","password":"an admin for the tests"}');

  it.each(['utf-8', 'UTF-8', 'utf8', '"utf-8"', '"UTF8"'])(
    'a charset of UTF-8 is accepted: %s',
    async (charset) => {
      const type = `application/json; charset=${charset}`;
      expect(await post('/v1/auth/login', body, type)).toMatchObject({ status: 200 });
    },
  );

  it.each([
    'application/json; charset=iso-8859-1',
    'application/json;charset="utf-16"',
    'application/json; charset=us-ascii',
    'application/json; version=1; charset=windows-1252',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=',
  ])('another charset is refused with a sentence that says what to send: %s', async (type) => {
    const answer = await post('/v1/auth/login', body, type);
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(answer.detail).toContain('UTF-8');
  });
});

describe('numbers that JavaScript cannot represent', () => {
  it.each(['1e400', '-1e400', '[0, 1e999]'])(
    'a number that is too large for JavaScript is refused: %s',
    async (number) => {
      const answer = await server.admin.post(
        '/v1/rooms',
        `{"name":"A room","metadata":{"a":${number}}}`,
      );
      expect(answer).toBeProblem(400, 'invalid_request');
    },
  );
});

describe('percent-encoded paths', () => {
  it.each([
    '/v1/rooms?search=%ff',
    '/v1/rooms?search=K%F6ln',
    '/v1/rooms?search=%c0%af',
    '/v1/rooms?search=%ed%a0%80',
    '/v1/rooms?search=%e2%82',
    '/v1/rooms?%ff=1',
    '/v1/rooms?search=%zz',
    '/v1/rooms/%ff%fe',
    '/v1/rooms/K%F6ln',
    '/v1/rooms/abc%ed%a0%80',
    '/v1/rooms?search=K\xf6ln',
    '/v1/rooms?search=K\xc3\xb6ln',
  ])('a path whose encoded bytes are not UTF-8 is refused: %j', async (path) => {
    const head = [`GET ${path} HTTP/1.1`, `authorization: Bearer ${server.admin.token}`];
    expect(await ask(head, '')).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('a path whose encoded bytes are UTF-8 finds its object', async () => {
    const made = await server.createRoom({ name: 'Köln 50 %' });
    const found = await server.admin.get<{ items: { id: string }[] }>(
      '/v1/rooms?search=K%C3%B6ln+50%20%25',
    );
    expect(found.body.items.map(({ id }) => id)).toEqual([made.id]);
  });
});
