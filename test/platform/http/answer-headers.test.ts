import { describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import { sendRaw } from '../../support/raw-http.js';

const server = useApp();
const asked = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'host: x', 'connection: close', ...headers, '', ''].join('\r\n');

const kinds: [string, string, number][] = [
  ['a success', asked('GET /health/live'), 200],
  ['a refusal', asked('GET /v1/me'), 401],
  ['an answer for an unknown path', asked('GET /v1/nothing'), 404],
  ['an answer to a malformed path', asked('GET /v1/rooms/%zz'), 400],
  ['an answer to bytes that are not HTTP', 'nonsense\r\n\r\n', 400],
  ['an answer to oversized headers', asked('GET /v1/me', `cookie: ${'a'.repeat(20_000)}`), 431],
];

describe('the headers of every answer', () => {
  it.each(kinds)(
    'every answer has headers that allow a browser nothing: %s',
    async (_, text, status) => {
      const [answer, ...more] = await sendRaw(server.url, text);
      expect([answer?.status, more]).toEqual([status, []]);
      const policy = answer?.headers.get('content-security-policy')?.split(';').sort();
      expect(policy).toEqual([
        "base-uri 'none'",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        'sandbox',
      ]);
      expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      for (const name of ['server', 'x-powered-by', 'set-cookie', 'access-control-allow-origin'])
        expect([name, answer?.headers.get(name)]).toEqual([name, null]);
    },
  );

  it('every answer names its type and its encoding', async () => {
    for (const [, text] of kinds) {
      const [answer] = await sendRaw(server.url, text);
      expect(answer?.headers.get('content-type')).toMatch(
        /^application\/(problem\+)?json; charset=utf-8$/,
      );
    }
  });
});

describe('the page at /docs', () => {
  it('the page is the only answer that may run scripts, and allows no plugin, frame or other base', async () => {
    const { headers } = await server.anyone.get('/docs');
    const policy = headers.get('content-security-policy');
    for (const least of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(least);
  });
});
