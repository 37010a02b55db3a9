import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { Database } from '../../../src/platform/database/database.js';
import { startApp, type TestApp } from '../../support/app.js';
import { testEnvironment } from '../../support/config.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';
import { changeTokenRow } from '../../support/token-rows.js';

const older = 'the key before 0c9b8d7f6e5d4c3b2a1908f7e6d5';
let server: TestApp;
let metrics: Scraper;

beforeAll(async () => {
  const SECRET_KEYS = `${testEnvironment.SECRET_KEYS},${older}`;
  server = await startApp({ METRICS_PORT: '0', SECRET_KEYS, DATABASE_POOL_SIZE: '3' });
  metrics = scraperOf(server);
});
afterAll(() => server.stop());

const valueOf = (name: string, labels?: Record<string, string>) => metrics.valueOf(name, labels);

/** Scrapes the metrics; returns them and the time that the scrape took. */
async function time(): Promise<{ text: string; seconds: number }> {
  const startedAt = performance.now();
  const text = await metrics.text();
  return { text, seconds: (performance.now() - startedAt) / 1000 };
}

describe('the metrics of the database', () => {
  let other: pg.Client;
  beforeAll(async () => {
    other = new pg.Client({ connectionString: server.database.url });
    other.on('error', () => undefined);
    await other.connect();
  });
  afterEach(() => other.query('rollback').catch(() => undefined));
  afterAll(() => other.end());

  it('the metrics count connections, idle connections and waiting queries of the pool', async () => {
    expect(await valueOf('pool_connections')).toBeGreaterThan(0);
    expect(await valueOf('pool_waiting')).toBe(0);
    const busy = Array.from({ length: 7 }, () =>
      server.app.get(Database).transaction(() => sleep(1_500)),
    );
    const text = await metrics.text();
    await Promise.all(busy);
    expect(text).toContain('latchkey_pool_connections 3\n');
    expect(text).toContain('latchkey_pool_idle_connections 0\n');
    expect(Number(/^latchkey_pool_waiting (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(4);
  });

  it('a scrape takes little more than a second although a table is locked', async () => {
    await other.query('begin; lock table seats in access exclusive mode');
    const [one, two] = await Promise.all([time(), time()]);
    for (const { seconds, text } of [one, two]) {
      expect(seconds).toBeLessThan(2);
      expect(text).toContain('latchkey_database_up 0\n');
      expect(text).not.toMatch(/^latchkey_(seats_held|rooms_live|secret_key_rows\S*) /m);
      expect(text).toContain('latchkey_waiting_joiners 0\n');
    }
    await other.query('rollback');
    await sleep(1_000);
    expect(await valueOf('database_up')).toBe(1);
    expect(await valueOf('seats_held')).toBe(0);
  });

  it('a scrape works while the database is down, and is right again afterwards', async () => {
    const postgres = new pg.Client({ connectionString: inject('postgres').url });
    await postgres.connect();
    const name = new URL(server.database.url).pathname.slice(1);
    const allow = (yes: boolean) =>
      postgres.query(`alter database ${name} with allow_connections ${yes}`);
    await allow(false);
    await postgres.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    );
    try {
      const { text, seconds } = await time();
      expect(seconds).toBeLessThan(2);
      expect(text).toContain('latchkey_database_up 0\n');
      expect(text).toContain('latchkey_http_requests_total{');
    } finally {
      await allow(true);
      await postgres.end();
    }
    await expect.poll(() => valueOf('database_up'), { timeout: 5_000 }).toBe(1);
    expect(await valueOf('rooms_live')).toBe(0);
  });
});

describe('the metrics of the parts', () => {
  it('the metrics count the rows under each key of SECRET_KEYS, and zero for an unused key', async () => {
    const headers = { 'idempotency-key': 'counted' };
    await server.admin.post('/v1/rooms', { name: 'Counted' }, headers);
    await server.join(server.admin, await server.createRoom());
    const { samples = [] } = (await metrics.scrape()).get('latchkey_secret_key_rows') ?? {};
    const rows = samples.map(({ labels, value }) => `${labels['table']} ${value}`);
    expect(new Set(rows)).toEqual(
      new Set(['idempotency_marks 1', 'room_tokens 0', 'room_tokens 1', 'server_keys 2']),
    );
    const ids = samples.map(({ labels }) => labels['key_id'] ?? '');
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/);
  });

  it('the metrics count running and waiting hashes of passwords', async () => {
    const login = { email: 'nobody@example.org', password: 'not the password' };
    const all = Promise.all(
      Array.from({ length: 20 }, () => server.anyone.post('/v1/auth/login', login)),
    );
    const seen = { running: 0, waiting: 0 };
    for (let look = 0; look < 20 && seen.waiting === 0; look += 1) {
      const text = await metrics.text();
      const read = (kind: string) =>
        Number(new RegExp(`^latchkey_password_hashes_${kind} (\\d+)$`, 'm').exec(text)?.[1]);
      seen.running = Math.max(seen.running, read('running'));
      seen.waiting = Math.max(seen.waiting, read('waiting'));
    }
    await all;
    expect(seen.running).toBeGreaterThan(0);
    expect(seen.waiting).toBeGreaterThan(0);
    expect(await valueOf('password_hashes_waiting')).toBe(0);
  });

  it('the metrics count the rooms whose token cannot be decrypted', async () => {
    const room = await server.createRoom();
    await server.join(server.admin, room);
    expect(await valueOf('rooms_unreadable')).toBe(0);
    await changeTokenRow(server.database, room.id, 'token = $2', [Buffer.of(1, 2, 3)]);
    const joined = await server.admin.post(`/v1/rooms/${room.id}/join`);
    expect(joined.status).toBe(503);
    expect(await valueOf('rooms_unreadable')).toBe(1);
    expect(await valueOf('joins_total', { outcome: 'cas_unavailable' })).toBe(1);
  });
});

describe('the text of the metrics', () => {
  it('the metrics contain no id, no address, no name and no secret', async () => {
    const person = await server.signUp('Penelope');
    const room = await server.createRoom({ name: 'Olympus', slug: 'olympus' });
    const { token, participant } = await server.join(person, room);
    await person.get('/v1/rooms/olympus');
    await person.get(`/v1/rooms/${room.id}`);
    await server.anyone.get('/v1/penelope@example.org?email=penelope@example.org');
    await server.admin.get(`/v1/users/${person.signedIn?.user.id}`);
    await server.admin.delete(`/v1/users/${person.signedIn?.user.id}`);
    const text = await metrics.text();
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(text).not.toMatch(/@|eyJ|127\.0\.0\.1|penelope|olympus/i);
    const { CAS_API_KEY, CAS_API_SECRET, SECRET_KEYS, ADMIN_PASSWORD } = testEnvironment;
    const configured = [CAS_API_KEY, CAS_API_SECRET, SECRET_KEYS, ADMIN_PASSWORD, older];
    const given = [token, person.token ?? '', person.signedIn?.refreshToken ?? ''];
    for (const secret of [...configured, ...given, participant.id])
      expect(text).not.toContain(secret);
  });
});
