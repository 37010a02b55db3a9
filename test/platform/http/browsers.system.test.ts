import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';

let server: TestApp;

afterEach(() => server.stop());

const origin = 'https://party.example.org';
const allowed = ({ headers }: Answer<unknown>) => headers.get('access-control-allow-origin');

/** Preflight headers as browsers send them: in lower case, sorted and without spaces. */
async function askFor(from: string, method: string, names: readonly string[]): Promise<Response> {
  return fetch(`${server.url}/v1/rooms`, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': method,
      'access-control-request-headers': [...names].sort().join(','),
    },
  });
}

const preflight = async (from: string) =>
  (await askFor(from, 'PATCH', ['if-match', 'authorization', 'content-type'])).headers;

const listOf = (headers: Headers, name: string) =>
  (headers.get(`access-control-${name}`) ?? '').toLowerCase().split(/, */).sort();

describe('pages of other origins', () => {
  it('pages of other origins can read nothing if no origin is configured', async () => {
    server = await startApp();
    const answer = await server.admin.get('/v1/me', { origin });
    expect([answer.status, allowed(answer)]).toEqual([200, null]);
    expect((await preflight(origin)).get('access-control-allow-origin')).toBeNull();
  });

  it('pages of the configured origins may call the API, and no other pages', async () => {
    server = await startApp({ CORS_ORIGINS: `${origin}, https://other.example.org` });
    const answer = await server.admin.get('/v1/me', { origin });
    expect(allowed(answer)).toBe(origin);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    expect(listOf(answer.headers, 'expose-headers')).toEqual([
      'date',
      'etag',
      'location',
      'retry-after',
      'x-request-id',
    ]);
    const asked = await preflight(origin);
    expect(asked.get('access-control-allow-origin')).toBe(origin);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(asked.get('access-control-allow-methods')).toContain(method);
    for (const other of [
      'https://evil.example',
      `${origin}.evil.example`,
      'http://party.example.org',
      `${origin}:8443`,
      'null',
    ]) {
      expect([other, allowed(await server.admin.get('/v1/me', { origin: other }))]).toEqual([
        other,
        null,
      ]);
      expect((await preflight(other)).get('access-control-allow-origin')).toBeNull();
    }
  });

  it.each([
    ['GET', ['authorization']],
    ['POST', ['authorization', 'content-type', 'idempotency-key']],
    ['PATCH', ['authorization', 'content-type', 'if-match']],
    ['GET', ['authorization', 'last-event-id']],
    ['POST', ['authorization', 'latchkey-device']],
    ['DELETE', ['x-requested-with', 'authorization', 'traceparent', 'cookie']],
  ])('a preflight for %s with %s is answered with the same six headers', async (...asked) => {
    server = await startApp({ CORS_ORIGINS: origin });
    const { status, headers } = await askFor(origin, ...asked);
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    expect(listOf(headers, 'allow-headers')).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'last-event-id',
      'latchkey-device',
    ]);
    expect(listOf(headers, 'allow-methods')).toContain(asked[0].toLowerCase());
  });

  it('pages on every port of a loopback host may call if that is configured', async () => {
    server = await startApp({ CORS_ORIGINS: 'http://localhost:*, https://[::1]:*' });
    const allowedOf = async (from: string) =>
      (await preflight(from)).get('access-control-allow-origin');
    for (const local of ['http://localhost:5173', 'http://localhost', 'https://[::1]:8443'])
      expect(await allowedOf(local)).toBe(local);
    for (const other of [
      'https://localhost:5173',
      'http://localhost.example.org:5173',
      'http://evil.localhost:5173',
      'http://127.0.0.1:5173',
      'http://localhost:5173:1',
      'http://localhost:*',
      'http://localhost:',
    ])
      expect([other, await allowedOf(other)]).toEqual([other, null]);
  });

  it('pages of the configured origins may read refusals too', async () => {
    server = await startApp({ CORS_ORIGINS: origin });
    const answer = await server.anyone.get('/v1/me', { origin });
    expect([answer.status, allowed(answer)]).toEqual([401, origin]);
  });
});

describe('the method OPTIONS without a preflight', () => {
  it('OPTIONS is refused like every other method that a path does not have', async () => {
    server = await startApp({ CORS_ORIGINS: origin });
    for (const headers of [undefined, { origin }, { origin: 'https://evil.example' }]) {
      const answer = await fetch(`${server.url}/v1/rooms`, {
        method: 'OPTIONS',
        ...(headers && { headers }),
      });
      expect([answer.status, await answer.json()]).toEqual([
        405,
        expect.objectContaining({ code: 'method_not_allowed' }),
      ]);
    }
  });
});

describe('the headers of every answer', () => {
  it('every answer tells browsers not to sniff, frame or store it', async () => {
    server = await startApp();
    for (const path of ['/v1/me', '/v1/nothing', '/health/live', '/openapi.json']) {
      const { headers } = await server.anyone.get(path);
      const found = (name: string) => [path, headers.get(name)];
      expect(found('x-content-type-options')).toEqual([path, 'nosniff']);
      expect(found('x-frame-options')).toEqual([
        path,
        expect.stringMatching(/^(DENY|SAMEORIGIN)$/),
      ]);
      expect(found('strict-transport-security')).toEqual([
        path,
        expect.stringMatching(/max-age=\d{7}/),
      ]);
      expect(found('referrer-policy')).toEqual([path, 'no-referrer']);
      expect(found('content-security-policy')).toEqual([
        path,
        expect.stringMatching(/default-src '(self|none)'/),
      ]);
      expect(found('x-powered-by')).toEqual([path, null]);
      expect(found('set-cookie')).toEqual([path, null]);
    }
  });
});
