import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.js';
import type { Answer } from './support/client.js';

let server: TestApp;

afterEach(() => server.stop());

const origin = 'https://party.example.org';
const allowed = ({ headers }: Answer<unknown>) => headers.get('access-control-allow-origin');

async function preflight(from: string): Promise<Headers> {
  const { headers } = await fetch(`${server.url}/v1/rooms`, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,if-match',
    },
  });
  return headers;
}

describe('pages of other origins', () => {
  it('may read nothing, where none is configured', async () => {
    server = await startApp();
    const answer = await server.admin.get('/v1/me', { origin });
    expect([answer.status, allowed(answer)]).toEqual([200, null]);
    expect((await preflight(origin)).get('access-control-allow-origin')).toBeNull();
  });

  it('may call if they are on the list, and those alone', async () => {
    server = await startApp({ CORS_ORIGINS: `${origin}, https://other.example.org` });
    const answer = await server.admin.get('/v1/me', { origin });
    expect(allowed(answer)).toBe(origin);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase();
    for (const name of ['etag', 'location', 'retry-after', 'x-request-id'])
      expect(exposed).toContain(name);
    const asked = await preflight(origin);
    expect(asked.get('access-control-allow-origin')).toBe(origin);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(asked.get('access-control-allow-methods')).toContain(method);
    expect(asked.get('access-control-allow-headers')).toContain('authorization');
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

  it('may read refusals, too', async () => {
    server = await startApp({ CORS_ORIGINS: origin });
    const answer = await server.anyone.get('/v1/me', { origin });
    expect([answer.status, allowed(answer)]).toEqual([401, origin]);
  });
});

describe('every answer', () => {
  it('tells browsers to be careful with it', async () => {
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
