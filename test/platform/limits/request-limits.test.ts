import { describe, expect, it } from 'vitest';
import { MemoryLimiter } from '../../../src/platform/limits/memory-limiter.js';
import { useApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { expectProblem } from '../../support/expect-problem.js';
import { scraperOf } from '../../support/scraper.js';

const server = useApp({ TRUST_PROXY: '127.0.0.1', METRICS_PORT: '0' });
/** Sets the count as if this user had sent a thousand requests, plus one too many for some minutes. */
function spend({ signedIn }: Client, route: string): void {
  const limiter = server.app.get(MemoryLimiter, { strict: false });
  const pace = { burst: 100_000, perSecond: 50 };
  for (let turn = 0; turn < 20_000; turn += 1) limiter.take(`${signedIn?.user.id} ${route}`, pace);
}

describe('the limit of requests for each user and route', () => {
  it('a user who floods a route is refused on that route only, and nobody else is refused', async () => {
    const [ann, ben] = [await server.signUp('Ann'), await server.signUp('Ben')];
    const refusals = () => scraperOf(server).valueOf('rate_limited_total', { limit: 'requests' });
    expect((await ann.get('/v1/me')).status).toBe(200);
    expect(await refusals()).toBe(0);
    spend(ann, 'GET /v1/me');
    const answer = await ann.get('/v1/me');
    const { retryAfter = 0 } = expectProblem(answer, 429, 'rate_limited');
    expect(retryAfter).toBeGreaterThan(60);
    expect(answer.headers.get('retry-after')).toBe(String(retryAfter));
    expect(await refusals()).toBe(1);
    expect((await ann.get('/v1/rooms')).status).toBe(200);
    expect((await ben.get('/v1/me')).status).toBe(200);
  });
});

describe('the limit of joins', () => {
  it('the limit of a join writes no row', async () => {
    const room = await server.createRoom();
    const rows = () =>
      server.database.query(
        `select (select count(*) from throttles) as guesses,
                (select count(*) from rate_limits) as quotas`,
      );
    const ann = await server.signUp();
    const before = await rows();
    for (let turn = 0; turn < 3; turn += 1) await server.join(ann, room);
    expect(await rows()).toEqual(before);
  });
});

describe('the limits of registration', () => {
  const register = (email: string, from: string) =>
    server.anyone.post(
      '/v1/auth/register',
      { email, password: 'a password for tests', displayName: 'New' },
      { 'x-forwarded-for': from },
    );

  it('registrations are limited by e-mail address, whatever its case', async () => {
    const email = 'wanted@example.org';
    expect((await register(email, '203.0.113.1')).status).toBe(201);
    for (let turn = 0; turn < 9; turn += 1)
      expect(await register(email, '203.0.113.1')).toBeProblem(409, 'email_taken');
    const refused = await register('WANTED@example.org', '203.0.113.2');
    const { retryAfter = 0 } = expectProblem(refused, 429, 'rate_limited');
    expect(retryAfter).toBeGreaterThan(40);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect((await register('another@example.org', '203.0.113.1')).status).toBe(201);
  });

  it('registrations are limited by network', async () => {
    const at = (name: string) => `${name}@elsewhere.example`;
    await register(at('first'), '2001:db8::1');
    await server.database.query(
      `update rate_limits set spent_until = clock_timestamp() + interval '1100 seconds'
        where key like 'registration-network|%'`,
    );
    const refused = await register(at('second'), '2001:db8::ffff:2');
    const { retryAfter = 0 } = expectProblem(refused, 429, 'rate_limited');
    expect(retryAfter).toBeGreaterThan(40);
    expect(retryAfter).toBeLessThanOrEqual(101);
    expect((await register(at('second'), '2001:db8:1::1')).status).toBe(201);
  });

  it('a registration with a refused password does not count', async () => {
    const rows = () => server.database.query('select key from rate_limits order by key');
    const before = await rows();
    const body = { email: 'short@example.org', password: 'too short', displayName: 'New' };
    expect(await server.anyone.post('/v1/auth/register', body)).toBeProblem(400, 'invalid_request');
    expect(await rows()).toEqual(before);
  });
});
