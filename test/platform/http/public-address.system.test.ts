import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { testConfig } from '../../support/config.js';

let server: TestApp | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const ADDRESSES = [
  ['https://example.org', ''],
  ['https://example.org/', ''],
  ['https://example.org/latchkey', '/latchkey'],
  ['https://example.org/latchkey/', '/latchkey'],
  ['https://example.org:8443/a/b//', '/a/b'],
  ['http://example.org/a%20b', '/a%20b'],
] as const;

describe('a proxy that removes a prefix of the path', () => {
  it.each(ADDRESSES)(
    'the Location of a created object is right behind %s',
    async (PUBLIC_URL, path) => {
      server = await startApp({ PUBLIC_URL });
      const room = await server.admin.post<{ id: string }>('/v1/rooms', { name: 'A room' });
      expect(room.headers.get('location')).toBe(`${path}/v1/rooms/${room.body.id}`);
      const again = { 'idempotency-key': 'a key' };
      for (const _ of [1, 2]) {
        const body = { email: 'ann@example.org', password: 'a long password', displayName: 'Ann' };
        const user = await server.admin.post<{ id: string }>('/v1/users', body, again);
        expect(user.headers.get('location')).toBe(`${path}/v1/users/${user.body.id}`);
      }
    },
  );

  it.each(ADDRESSES)(
    'the OpenAPI document behind %s names the path of the API',
    async (PUBLIC_URL, path) => {
      server = await startApp({ PUBLIC_URL });
      const { status, headers, body } = await server.anyone.get<{
        servers: { url: string }[];
        paths: object;
      }>('/openapi.json');
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'application/json; charset=utf-8',
      ]);
      expect(body.servers).toEqual([{ url: path === '' ? '/' : path }]);
      expect(Object.keys(body.paths)).toContain('/v1/rooms');
    },
  );

  it('the reference page loads its parts and the document behind the prefix', async () => {
    const at = 'https://example.org/latchkey/docs';
    server = await startApp({ PUBLIC_URL: 'https://example.org/latchkey/' });
    const { body } = await server.anyone.get<string>('/docs');
    const parts = [...body.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, part]) => part);
    expect(parts).toHaveLength(3);
    for (const part of parts) {
      const { pathname } = new URL(part ?? '', at);
      expect(pathname).toMatch(/^\/latchkey\/docs\//);
      expect((await server.anyone.get(pathname.replace('/latchkey', ''))).status).toBe(200);
    }
    const start = await server.anyone.get<string>('/docs/start.js');
    const [, document = ''] = /new URL\('([^']+)'/.exec(start.body) ?? [];
    const from = new URL(document, new URL('docs/start.js', at));
    expect(from.pathname).toBe('/latchkey/openapi.json');
  });

  it('a public address with a query or a fragment is refused at the start', () => {
    for (const PUBLIC_URL of ['https://example.org/?a=b', 'https://example.org/#a', 'example.org'])
      expect(() => testConfig({ PUBLIC_URL })).toThrow(/PUBLIC_URL/);
  });
});
