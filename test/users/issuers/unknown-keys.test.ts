import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { expectProblem } from '../../support/expect-problem.js';
import { createIssuerKey, type IssuerKey } from '../../support/issuer.js';
import { pass } from '../../support/process-clock.js';
import { useTrustingServer } from '../../support/trusting-server.js';

/** Seconds in which unknown key ids cause one load. */
const PAUSE = 30;

const trusted = useTrustingServer({}, { RATE_LIMITS: 'off' });

afterAll(() => vi.restoreAllMocks());

const signedBy = (key: IssuerKey, header = {}) =>
  trusted.issuer.sign({ sub: trusted.newSubject() }, header, key);
const keyNow = () => trusted.issuer.keys[0] as IssuerKey;

/** The verdicts on so many tokens with key ids that nobody has, and the fetches that they caused. */
async function flood(count: number): Promise<{ verdicts: Set<string>; fetches: number }> {
  const before = trusted.issuer.requests.length;
  // Without the cost of signatures, which nobody verifies.
  const [, claims = '', signature = ''] = (await signedBy(keyNow())).split('.');
  const verdicts = new Set<string>();
  for (let sent = 0; sent < count; sent += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - sent) }, async () => {
        const header = JSON.stringify({ alg: 'ES256', kid: randomUUID() });
        const text = `${Buffer.from(header).toString('base64url')}.${claims}.${signature}`;
        verdicts.add(await trusted.verdictOn(text));
      }),
    );
  return { verdicts, fetches: trusted.issuer.requests.length - before };
}

describe('tokens with unknown key ids', () => {
  it('1,000 of them cause one fetch, and a known key goes on', async () => {
    const { client } = await trusted.visit();
    const { verdicts, fetches } = await flood(1_000);
    expect(fetches).toBe(1);
    expect(
      [...verdicts].every((each) => ['key_unknown', 'issuer_unavailable'].includes(each)),
    ).toBe(true);
    expect((await client.get('/v1/me')).status).toBe(200);
    expect(await trusted.verdictOn(await signedBy(keyNow()))).toBe('accepted');
  });

  it('inside the pause, they are refused with 503 and the rest of the pause', async () => {
    const text = await signedBy(keyNow(), { kid: 'unknown' });
    const answer = await trusted.bearing(text).get('/v1/me');
    const { retryAfter = 0 } = expectProblem(answer, 503, 'issuer_unavailable');
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(PAUSE);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    pass(PAUSE / 2);
    const later = await trusted.bearing(text).get('/v1/me');
    expect(expectProblem(later, 503, 'issuer_unavailable').retryAfter).toBeLessThanOrEqual(
      PAUSE / 2,
    );
  });

  it('after the pause, they cause one more fetch', async () => {
    pass(PAUSE);
    expect((await flood(100)).fetches).toBe(1);
    pass(PAUSE);
    expect(await trusted.verdictOn(await signedBy(keyNow(), { kid: 'unknown' }))).toBe(
      'key_unknown',
    );
  });

  it('while the provider fails, they cause one fetch and 503, and a known key goes on', async () => {
    pass(PAUSE);
    trusted.issuer.answer = (_, response) => response.writeHead(500).end();
    const { verdicts, fetches } = await flood(1_000);
    expect(fetches).toBe(1);
    expect([...verdicts]).toEqual(['issuer_unavailable']);
    expect(await trusted.verdictOn(await signedBy(keyNow()))).toBe('accepted');
    trusted.issuer.answer = undefined;
  });

  it('a token whose key may be new is refused with 503 by the load that fails', async () => {
    pass(PAUSE);
    trusted.issuer.answer = (_, response) => response.destroy();
    const text = await signedBy(await createIssuerKey('never-published'));
    const answer = await trusted.bearing(text).get('/v1/me');
    expect(expectProblem(answer, 503, 'issuer_unavailable').retryAfter).toBeGreaterThan(0);
    trusted.issuer.answer = undefined;
  });

  it('tokens with another algorithm, or of another issuer, cause no fetch', async () => {
    pass(PAUSE);
    const before = trusted.issuer.requests.length;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const forged = (header: object, claims: object) =>
      `${encode(header)}.${encode(claims)}.${'a'.repeat(86)}`;
    const claims = { iss: trusted.issuer.url };
    const kid = randomUUID();
    expect(await trusted.verdictOn(forged({ alg: 'HS256', kid }, claims))).toBe('algorithm');
    expect(await trusted.verdictOn(forged({ alg: 'ES256', kid, crit: [] }, claims))).toBe(
      'malformed',
    );
    const iss = 'https://elsewhere.example';
    expect(await trusted.verdictOn(forged({ alg: 'ES256', kid }, { iss }))).toBe('issuer_unknown');
    expect(trusted.issuer.requests.length).toBe(before);
  });
});
