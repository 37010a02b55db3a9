import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { useApp } from '../../support/app.js';
import '../../support/expect-problem.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';

let metrics: Scraper;

const server = useApp({ METRICS_PORT: '0' });

beforeAll(async () => {
  metrics = scraperOf(server);
});
const scrape = () => metrics.scrape();
const valueOf = (name: string, labels?: Record<string, string>) => metrics.valueOf(name, labels);

/** Returns by how much a counter rose while `work` ran. */
async function rise(
  name: string,
  labels: Record<string, string>,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = (await valueOf(name, labels)) ?? 0;
  await work();
  return ((await valueOf(name, labels)) ?? 0) - before;
}

describe('/metrics', () => {
  it('the metrics are on a port of their own, and not on the public port', async () => {
    const { origin } = metrics;
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(new URL(origin).port).not.toBe(new URL(server.url).port);
    for (const client of [server.anyone, server.admin])
      expect(await client.get('/metrics')).toBeProblem(404, 'not_found');
    for (const path of ['/', '/v1/me', '/health/live', '/metrics/'])
      expect((await fetch(`${origin}${path}`)).status).toBe(404);
    expect((await fetch(`${origin}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('the metrics have the format and the naming of Prometheus', async () => {
    await server.join(server.admin, await server.createRoom());
    const families = await scrape();
    expect(families.size).toBeGreaterThan(40);
    for (const [name, { type, samples }] of families) {
      if (!name.startsWith('latchkey_')) continue;
      expect(name).toMatch(/^latchkey_[a-z_]+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect([name, samples.length > 0]).toEqual([name, true]);
    }
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total'])
      expect(families.has(name)).toBe(true);
  });
});

describe('the metrics of requests', () => {
  const path = '/v1/rooms/:room';

  it('the metrics count requests by the pattern of the route and the class of the status', async () => {
    const room = await server.createRoom();
    const labels = { method: 'GET', route: path, status: '2xx' };
    const read = () => server.admin.get(`/v1/rooms/${room.id}`);
    expect(await rise('http_requests_total', labels, read)).toBe(1);
    const missing = () => server.admin.get(`/v1/rooms/${randomUUID()}`);
    expect(await rise('http_requests_total', { ...labels, status: '4xx' }, missing)).toBe(1);
    const timed = { method: 'GET', route: path };
    expect(await rise('http_request_duration_seconds_count', timed, read)).toBe(1);
  });

  it('unknown routes and methods share one label, however many there are', async () => {
    const labels = { method: 'other', route: 'unknown', status: '4xx' };
    const odd = async () => {
      for (const method of ['PROPFIND', 'LOCK'])
        await fetch(`${server.url}/${randomUUID()}`, { method });
    };
    expect(await rise('http_requests_total', labels, odd)).toBe(2);
    const got = () => server.anyone.get(`/v1/${randomUUID()}`);
    expect(await rise('http_requests_total', { ...labels, method: 'GET' }, got)).toBe(1);
  });

  it('the metrics count requests whose client disconnected', async () => {
    const room = await server.createRoom();
    server.cas.behave({ delay: 400 });
    const route = '/v1/rooms/:room/join';
    const leave = async () => {
      const signal = AbortSignal.timeout(150);
      const headers = { authorization: `Bearer ${server.admin.token}` };
      const url = `${server.url}/v1/rooms/${room.id}/join`;
      await expect(fetch(url, { method: 'POST', headers, signal })).rejects.toThrow('timeout');
      await sleep(100);
    };
    const labels = { method: 'POST', route, status: 'aborted' };
    expect(await rise('http_requests_total', labels, leave)).toBe(1);
    server.cas.reset();
    await server.join(server.admin, room);
    expect(await valueOf('joins_total', { outcome: 'aborted' })).toBe(1);
  });
});

describe('the metrics of joins and mints', () => {
  it('the metrics count joins by outcome', async () => {
    const room = await server.createRoom({ access: 'members' });
    const join = (client = server.admin) => client.post(`/v1/rooms/${room.id}/join`);
    expect(await rise('joins_total', { outcome: 'ok' }, () => join())).toBe(1);
    expect(await rise('join_duration_seconds_count', { outcome: 'ok' }, () => join())).toBe(1);
    const stranger = await server.signUp();
    expect(await rise('joins_total', { outcome: 'not_found' }, () => join(stranger))).toBe(1);
    await server.admin.patch(`/v1/rooms/${room.id}`, { access: 'users', status: 'locked' });
    expect(await rise('joins_total', { outcome: 'room_locked' }, () => join(stranger))).toBe(1);
    const anyone = () => join(server.anyone);
    expect(await rise('joins_total', { outcome: 'unauthenticated' }, anyone)).toBe(1);
  });

  it('the metrics count mints by outcome, and measure their duration', async () => {
    const published = { outcome: 'published' };
    const mint = async () => server.join(server.admin, await server.createRoom());
    expect(await rise('mints_total', published, mint)).toBe(1);
    expect(await rise('mint_duration_seconds_count', published, mint)).toBe(1);
    server.cas.behave({ status: 401 });
    const room = await server.createRoom();
    const fail = () => server.admin.post(`/v1/rooms/${room.id}/join`);
    const refused = await rise('mints_total', { outcome: 'refused' }, fail);
    expect(refused).toBeGreaterThan(0);
    server.cas.reset();
    for (const outcome of ['unavailable', 'lost', 'released', 'broken'])
      expect(await valueOf('mints_total', { outcome })).toBe(0);
  });

  it('the metrics show joins that wait for a token, and the numbers of rooms and seats', async () => {
    const [rooms = 0, seats = 0] = [await valueOf('rooms_live'), await valueOf('seats_held')];
    expect(await valueOf('waiting_joiners')).toBe(0);
    server.cas.behave({ delay: 600 });
    const room = await server.createRoom();
    const people = [await server.signUp(), await server.signUp()];
    const joins = people.map((each) => server.join(each, room));
    await sleep(300);
    expect(await valueOf('waiting_joiners')).toBe(2);
    await Promise.all(joins);
    server.cas.reset();
    expect(await valueOf('waiting_joiners')).toBe(0);
    expect(await valueOf('rooms_live')).toBe(rooms + 1);
    expect(await valueOf('seats_held')).toBe(seats + 2);
    await server.admin.delete(`/v1/rooms/${room.id}`);
    expect(await valueOf('rooms_live')).toBe(rooms);
    expect(await valueOf('seats_held')).toBe(seats);
  });
});
