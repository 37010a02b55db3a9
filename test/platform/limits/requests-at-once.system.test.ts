import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RequestShares } from '../../../src/platform/limits/request-shares.service.js';
import { TokensService } from '../../../src/tokens/tokens.service.js';
import { useApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { lockRows } from '../../support/locked-rows.js';
import { scraperOf } from '../../support/scraper.js';

let shares: RequestShares;

const server = useApp({ TRUST_PROXY: '127.0.0.1', METRICS_PORT: '0' });

beforeAll(async () => {
  shares = server.app.get(RequestShares, { strict: false });
});
afterEach(() => expect.poll(() => shares.load, { timeout: 5_000 }).toEqual(idle));
const idle = { running: 0, waiting: 0 };
const times = (count: number) => Array.from({ length: count });

const lock = (query: string, values: unknown[]) => lockRows(server.database, query, values);
const lockUser = (id: string | undefined) => lock('select 1 from users where id = $1', [id]);

describe('simultaneous requests of one user', () => {
  it('eight requests run at once, and further requests wait, and are refused after two seconds', async () => {
    const [ann, ben] = [await server.signUp('Ann'), await server.signUp('Ben')];
    await lockUser(ann.signedIn?.user.id);
    const answers = times(40).map((_, turn) => ann.patch('/v1/me', { displayName: `Ann ${turn}` }));
    const scraper = scraperOf(server);
    const scrape = () =>
      Promise.all(['requests_running', 'requests_waiting'].map((name) => scraper.valueOf(name)));
    const some = expect.toSatisfy((count: number) => count > 0 && count <= 32);
    await expect.poll(scrape, { interval: 20, timeout: 5_000 }).toEqual([8, some]);
    expect((await ben.patch('/v1/me', { displayName: 'Benjamin' })).status).toBe(200);
    const refused = (await Promise.all(answers)).filter(({ status }) => status !== 503);
    // Eight requests a second time out on the locked row; the others waited in vain.
    expect(refused.length).toBeGreaterThanOrEqual(8);
    for (const answer of refused) {
      expect(expectProblem(answer, 429, 'rate_limited').retryAfter).toBe(1);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const refusals = await scraper.valueOf('rate_limited_total', { limit: 'requests-at-once' });
    expect(refusals).toBe(refused.length);
  });

  it('requests count until their work has ended, even if their clients have disconnected', async () => {
    const ann = await server.signUp('Ann');
    const letGo = await lockUser(ann.signedIn?.user.id);
    const aborting = new AbortController();
    const headers = { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ displayName: 'Anna' });
    const gone = times(8).map(() =>
      fetch(`${server.url}/v1/me`, { method: 'PATCH', headers, body, signal: aborting.signal }),
    );
    await expect.poll(() => shares.load.running).toBe(8);
    aborting.abort();
    expect((await Promise.allSettled(gone)).every(({ status }) => status === 'rejected')).toBe(
      true,
    );
    const next = ann.get('/v1/me');
    await expect.poll(() => shares.load.waiting).toBe(1);
    expect(shares.load.running).toBe(8);
    await letGo();
    expect((await next).status).toBe(200);
  });

  it('requests that wait for a token do not count, and a user may have eight of them', async () => {
    const ann = await server.signUp('Ann');
    const rooms = await Promise.all(times(12).map(() => server.createRoom()));
    const inside = await server.createRoom();
    await server.join(ann, inside);
    server.cas.behave({ delay: 1_000 });
    const joins = rooms.map(({ id }) => ann.post(`/v1/rooms/${id}/join`, {}));
    const tokens = server.app.get(TokensService, { strict: false });
    await expect.poll(() => tokens.waiting, { timeout: 5_000 }).toBe(8);
    expect((await ann.post(`/v1/rooms/${inside.id}/heartbeat`)).status).toBe(200);
    await expect.poll(() => shares.load.running).toBe(0);
    expect(tokens.waiting).toBe(8);
    expect((await Promise.all(joins)).map(({ status }) => status)).toEqual(
      times(12).map(() => 200),
    );
    server.cas.reset();
  });

  it('requests that wait for events do not count', async () => {
    const ann = await server.signUp('Ann');
    const room = await server.createRoom();
    const { lastEventId } = await server.join(ann, room);
    const path = `/v1/rooms/${room.id}/events?wait=25&after=${lastEventId}`;
    const polls = times(8).map(() => ann.get(path));
    await expect
      .poll(() => scraperOf(server).valueOf('feed_listeners'), { timeout: 5_000 })
      .toBe(8);
    await expect.poll(() => shares.load.running).toBe(0);
    await server.admin.patch(`/v1/rooms/${room.id}`, { name: 'Another name' });
    for (const { status } of await Promise.all(polls)) expect(status).toBe(200);
  });
});

describe('simultaneous requests without a sign-in', () => {
  const login = (email: string, from: string) =>
    server.anyone.post(
      '/v1/auth/login',
      { email, password: 'not the password' },
      { 'x-forwarded-for': from },
    );

  it('32 requests of one network run at once, and they do not delay other networks', async () => {
    await login('nobody@example.org', '203.0.113.1');
    await lock('select 1 from throttles', []);
    const answers = times(40).map(() => login('nobody@example.org', '203.0.113.1'));
    await expect.poll(() => shares.load).toEqual({ running: 32, waiting: 8 });
    expect((await login('somebody@example.org', '198.51.100.1')).status).toBe(401);
    await Promise.all(answers);
  });

  it('refreshes count for their session, however many requests wait from the same address', async () => {
    const ann = await server.signUp('Ann');
    const letGo = await lock('select 1 from throttles', []);
    const answers = times(40).map(() => login('nobody@example.org', '127.0.0.1'));
    await expect.poll(() => shares.load.waiting).toBe(8);
    const { refreshToken } = ann.signedIn ?? {};
    expect((await server.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(200);
    await letGo();
    await Promise.all(answers);
  });
});
