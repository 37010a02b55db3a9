import { beforeAll, describe, expect, it } from 'vitest';
import '../../support/expect-problem.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { sendRaw } from '../../support/raw-http.js';

let room: string;
let ann: Client;

const server = useApp();

beforeAll(async () => {
  room = (await server.createRoom()).id;
  ann = await server.signUp('Ann');
});
/** No body, in every form that HTTP allows. */
const FRAMES: Record<string, readonly [readonly string[], string]> = {
  'no length': [[], ''],
  'a length of 0': [['content-length: 0'], ''],
  'no chunks': [['transfer-encoding: chunked'], '0\r\n\r\n'],
  'no chunks, and a trailer': [['transfer-encoding: chunked'], '0\r\nx-sum: 0\r\n\r\n'],
};
const TYPES = [
  undefined,
  'application/json',
  'application/json; charset=iso-8859-1',
  'application/merge-patch+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'nonsense',
  '',
];
const all = Object.keys(FRAMES).flatMap((frame) => TYPES.map((type) => [frame, type] as const));

async function send(method: string, path: string, frame: string, type: string | undefined) {
  const [headers, body] = FRAMES[frame] ?? expect.unreachable();
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: x',
    'connection: close',
    `authorization: Bearer ${ann.token}`,
    ...(type === undefined ? [] : [`content-type: ${type}`]),
    ...headers,
  ];
  const [answer] = await sendRaw(server.url, [...head, '', body].join('\r\n'));
  return answer;
}

describe('requests with an empty body', () => {
  it.each(all)('an empty body counts as no body, with %s and the type %s', async (frame, type) => {
    const ask = async (method: string, path: string) =>
      (await send(method, path, frame, type))?.status;
    expect(await ask('POST', `/v1/rooms/${room}/join`)).toBe(200);
    expect(await ask('POST', `/v1/rooms/${room}/heartbeat`)).toBe(200);
    expect(await ask('POST', `/v1/rooms/${room}/leave`)).toBe(204);
    expect(await ask('PATCH', '/v1/me')).toBe(200);
    expect(await ask('GET', '/v1/me')).toBe(200);
    expect(await ask('DELETE', '/v1/me/sessions')).toBe(204);
  });

  it.each(Object.keys(FRAMES))(
    'a route that needs a body refuses an empty one and names a missing field: with %s',
    async (frame) => {
      for (const type of TYPES) {
        const answer = await send('POST', '/v1/auth/login', frame, type);
        expect(answer?.status).toBe(400);
        expect(JSON.parse(answer?.text ?? '')).toMatchObject({ code: 'invalid_request' });
      }
    },
  );

  it('a sign-out accepts an empty body without chunks and without a type', async () => {
    const ben = await server.signUp('Ben');
    const head = [
      'POST /v1/auth/logout HTTP/1.1',
      'host: x',
      'connection: close',
      `authorization: Bearer ${ben.token}`,
      'transfer-encoding: chunked',
    ];
    const [answer] = await sendRaw(server.url, [...head, '', '0\r\n\r\n'].join('\r\n'));
    expect(answer?.status).toBe(204);
  });
});

describe('requests with a body of blanks', () => {
  it.each([' ', '\r\n', '\t \n'])('a JSON body of blanks counts as no body: %j', async (body) => {
    const answer = await ann.post(`/v1/rooms/${room}/join`, body);
    expect(answer.status).toBe(200);
  });

  it.each(['\u00a0', '\u2028', '\ufeff ', '\v'])(
    'a body of characters that JSON does not count as blanks is refused: %j',
    async (body) => {
      expect(await ann.post(`/v1/rooms/${room}/join`, body)).toBeProblem(400, 'malformed_json');
    },
  );

  it.each([' ', 'x', '{}'])('a body of another type is refused: %j', async (body) => {
    for (const type of ['text/plain', 'nonsense', 'application/jsonx', 'application/json5']) {
      const answer = await ann.post(`/v1/rooms/${room}/join`, body, { 'content-type': type });
      expect(answer).toBeProblem(415, 'unsupported_media_type');
    }
  });
});
