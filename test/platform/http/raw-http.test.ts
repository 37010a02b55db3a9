import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { sendRaw } from '../../support/raw-http.js';

const server = useApp();
const SMUGGLED = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** A request whose end two parsers may see in two places; the rest must not become another request. */
function twoSided(headers: readonly string[], body: string): string {
  const head = ['POST /v1/auth/login HTTP/1.1', 'host: x', 'content-type: application/json'];
  return [...head, ...headers, '', body].join('\r\n');
}

describe('requests with an ambiguous length', () => {
  it.each<[string, string]>([
    [
      'Content-Length and Transfer-Encoding',
      twoSided(['content-length: 5', 'transfer-encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    ['two lengths', twoSided(['content-length: 2', 'content-length: 80'], `{}${SMUGGLED}`)],
    ['a list of lengths', twoSided(['content-length: 2, 2'], `{}${SMUGGLED}`)],
    ['a signed length', twoSided(['content-length: +2'], `{}${SMUGGLED}`)],
    ['another encoding', twoSided(['transfer-encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`)],
    [
      'an encoding after chunked',
      twoSided(['transfer-encoding: chunked, identity'], `0\r\n\r\n${SMUGGLED}`),
    ],
    ['a space before the colon', twoSided(['content-length : 2'], `{}${SMUGGLED}`)],
    ['a folded header', twoSided(['a: b', ' content-length: 2'], `{}${SMUGGLED}`)],
    ['a chunk size with junk', twoSided(['transfer-encoding: chunked'], `2x\r\n{}\r\n${SMUGGLED}`)],
    ['lines that end in LF alone', `POST /v1/auth/login HTTP/1.1\nhost: x\n\n${SMUGGLED}`],
  ])(
    'a request with an ambiguous length is refused, and the connection is closed: %s',
    async (_, text) => {
      const answers = await sendRaw(server.url, text);
      expect(answers.map(({ status }) => status)).toEqual([400]);
    },
  );
});

describe('methods without a purpose', () => {
  it('TRACE is refused, and shows no headers of the request', async () => {
    const text = 'TRACE /v1/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: canary\r\n\r\n';
    const [answer] = await sendRaw(server.url, text);
    expect(answer?.status).toBe(405);
    expect(answer?.text).not.toContain('canary');
  });

  it('CONNECT is refused, and opens no tunnel', async () => {
    const [answer] = await sendRaw(server.url, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(answer?.status).not.toBe(200);
  });
});

describe('repeated parameters and headers', () => {
  it('a repeated parameter is refused, and neither value is used', async () => {
    for (const query of ['limit=1&limit=2', 'search=a&search=b', 'limit=1&limit[]=2'])
      expect((await server.admin.get(`/v1/users?${query}`)).status).toBe(400);
  });

  it('a repeated Authorization header counts once, and its token must be valid', async () => {
    const [answer] = await sendRaw(
      server.url,
      'GET /v1/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer nonsense\r\n' +
        `authorization: Bearer ${server.admin.token}\r\n\r\n`,
    );
    expect(answer?.status).toBe(401);
  });
});

describe('the types of body that browsers send without a preflight', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a body of this type is not read: %s',
    async (type) => {
      const body = '{"email":"admin@example.org","password":"an admin for the tests"}';
      const answer = await server.anyone.post('/v1/auth/login', body, { 'content-type': type });
      expect(answer.status).toBe(415);
    },
  );

  it('a type of body is accepted if there is no body', async () => {
    const room = await server.createRoom();
    const [answer] = await sendRaw(
      server.url,
      `POST /v1/rooms/${room.id}/join HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
        `authorization: Bearer ${server.admin.token}\r\ncontent-length: 0\r\n` +
        'content-type: application/x-www-form-urlencoded\r\n\r\n',
    );
    expect(answer?.status).toBe(200);
  });
});
