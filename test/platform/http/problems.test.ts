import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import type { Client, Method } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';

let room: string;

const server = useApp();

beforeAll(async () => {
  room = (await server.createRoom()).id;
});
describe('unknown routes', () => {
  const paths = [
    '/',
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v1/auth',
    '/v2/me',
    '/v1/me/',
    '/V1/me',
    '/v1//me',
    '/v1/rooms/x/y/z',
  ];

  it.each(paths)(
    'the unknown route %s gets 404 for every caller and every method',
    async (path) => {
      for (const client of [server.admin, server.anyone])
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
          expect(await client.send(method, path)).toBeProblem(404, 'not_found');
    },
  );

  it('an unknown route gets 404 whatever the request contains', async () => {
    for (const [body, type] of [
      ['{"a":1}', 'application/json'],
      ['{', 'application/json'],
      ['a', 'text/plain'],
      ['x'.repeat(20_000), 'text/plain'],
    ] as const) {
      const answer = await server.anyone.post('/v1/nothing', body, { 'content-type': type });
      expect(answer).toBeProblem(404, 'not_found');
    }
  });
});

describe('routes outside of /v1', () => {
  it.each([
    '/health/live',
    '/health/ready',
    '/.well-known/jwks.json',
    '/openapi.json',
    '/docs',
    '/docs/start.js',
  ])('%s is open to anyone, and can only be read', async (path) => {
    expect((await server.anyone.get(path)).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const answer = await server.anyone.send(method, path);
      expect(answer).toBeProblem(405, 'method_not_allowed');
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
  });
});

describe('malformed paths', () => {
  it.each(['/v1/rooms/%', '/v1/rooms/%zz', '/%', '/v1/rooms/%ff'])(
    'the path %s is refused with a problem',
    async (path) => {
      const problem = expectProblem(await server.admin.get(path), 400, 'invalid_request');
      expect(JSON.stringify(problem)).not.toContain('%');
    },
  );
});

describe('the limits of a body', () => {
  const create = (metadata: unknown) => server.admin.post('/v1/rooms', { name: 'A', metadata });
  const wide = (members: number) =>
    Object.fromEntries(Array.from({ length: members }, (_, each) => [`m${each}`, 1]));
  const deep = (levels: number): unknown => (levels === 0 ? {} : { a: deep(levels - 1) });

  it('a body has at most 100 fields, however they are nested', async () => {
    expect((await create(wide(98))).status).toBe(201);
    expect(await create(wide(99))).toBeProblem(400, 'invalid_request');
    expect(await create({ a: [wide(48), wide(48)] })).toBeProblem(400, 'invalid_request');
  });

  it('a body is nested at most 32 levels deep', async () => {
    expect((await create(deep(30))).status).toBe(201);
    expect(await create(deep(31))).toBeProblem(400, 'invalid_request');
    expect((await create({ text: '[{'.repeat(40) })).status).toBe(201);
  });
});

describe('answers and problems', () => {
  it('answers under /v1 must not be stored by caches', async () => {
    const path = `/v1/rooms/${room}`;
    const calls: [Client, Method, string][] = [
      [server.admin, 'GET', '/v1/me'],
      [server.admin, 'GET', '/v1/rooms'],
      [server.admin, 'GET', path],
      [server.admin, 'POST', `${path}/join`],
      [server.admin, 'POST', `${path}/heartbeat`],
      [server.admin, 'POST', `${path}/leave`],
      [server.anyone, 'GET', path],
      [server.anyone, 'GET', '/v1/nothing'],
    ];
    for (const [client, method, where] of calls) {
      const { headers } = await client.send(method, where);
      expect([where, headers.get('cache-control')]).toEqual([where, 'no-store']);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('the server ignores a request id from outside', async () => {
    const { headers } = await server.admin.get('/v1/me', { 'x-request-id': 'mine' });
    expect(headers.get('x-request-id')).not.toBe('mine');
  });

  it('the answer to oversized headers is a problem too', async () => {
    const { hostname, port } = new URL(server.url);
    const [id, body] = await new Promise<[unknown, string]>((resolve, reject) => {
      const sent = request({ hostname, port, path: '/v1/me', headers: { a: 'x'.repeat(20_000) } });
      sent.once('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => resolve([response.headers['x-request-id'], text]));
      });
      sent.once('error', reject).end();
    });
    expect(JSON.parse(body)).toMatchObject({
      status: 431,
      code: 'headers_too_large',
      requestId: id,
    });
  });
});
