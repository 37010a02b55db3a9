import { describe, expect, it } from 'vitest';
import { Origins } from './origins.js';

const faultsOf = (text: string) =>
  (Origins.safeParse(text).error?.issues ?? []).map(({ message }) => message);

describe('the origins of CORS_ORIGINS', () => {
  it('an origin is accepted as browsers send it', () => {
    const CORS_ORIGINS = 'https://app.example.org, http://localhost:5173,https://[::1]:8443';
    expect(Origins.parse(CORS_ORIGINS)).toEqual([
      'https://app.example.org',
      'http://localhost:5173',
      'https://[::1]:8443',
    ]);
  });

  it.each(['http://localhost:*', 'https://127.0.0.1:*', 'http://[::1]:*'])(
    'any port of a loopback host is accepted: %s',
    (CORS_ORIGINS) => {
      expect(Origins.parse(CORS_ORIGINS)).toEqual([CORS_ORIGINS]);
    },
  );

  it.each([
    ['*', /name each origin, such as https:/],
    ['https://*.example.org', /name each origin, such as https:/],
    ['https://app.example.org:*', /name each origin, such as https:/],
    ['http://localhost.example.org:*', /name each origin, such as https:/],
    ['http://localhost:5173/*', /name each origin, such as https:/],
    ['null', /is not an origin; write scheme, host and port, such as https:/],
    ['app.example.org', /is not an origin; write scheme/],
    ['file://', /is not an origin; write scheme/],
    ['javascript:alert(1)', /is not an origin; write scheme/],
    [
      'https://app.example.org/',
      /a slash or a path behind the host; write https:..app.example.org$/,
    ],
    [
      'https://app.example.org/a?b',
      /a slash or a path behind the host; write https:..app.example.org$/,
    ],
    [
      'https://app.example.org:443',
      /not in the form that browsers send; write https:..app.example.org$/,
    ],
    [
      'HTTPS://App.example.org',
      /not in the form that browsers send; write https:..app.example.org$/,
    ],
    ['https://me:hunter2@app.example.org', /has a user name; write scheme/],
  ])(
    'an entry that would allow every origin, or that no browser sends, is refused: %s',
    (origin, advice) => {
      const faults = faultsOf(`https://other.example.org, ${origin}`);
      expect(faults).toMatchObject([/^entry 2 /]);
      expect(faults[0]).toMatch(advice);
      expect(faults[0]).not.toContain('hunter2');
    },
  );
});
