import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { type Scraper, scraperOf } from '../../support/scraper.js';

type Declared = readonly [type: string, help: string, labels: readonly string[]];

/** Every metric of Latchkey that dashboards and alerts may rely on. */
const METRICS: Readonly<Record<string, Declared>> = {
  alarms_total: [
    'counter',
    'Alarms raised by this replica, by kind; the audit trail contains each alarm.',
    ['kind'],
  ],
  database_up: ['gauge', 'Whether Postgres answered this scrape in time.', []],
  feed_cut_total: ['counter', 'Feeds closed because the reader was too slow.', []],
  feed_events_total: ['counter', 'Delivered events, counted per listener.', []],
  feed_listeners: ['gauge', 'Open feeds.', []],
  http_request_duration_seconds: [
    'histogram',
    'Time until the answer was sent, by route and method.',
    ['method', 'route'],
  ],
  http_requests_total: [
    'counter',
    'Requests by route, method and class of status; aborted: the client disconnected.',
    ['method', 'route', 'status'],
  ],
  join_duration_seconds: [
    'histogram',
    'Time of a join, including the wait for a token, by outcome.',
    ['outcome'],
  ],
  joins_total: [
    'counter',
    'Joins by outcome: ok, the code of the problem, or aborted.',
    ['outcome'],
  ],
  mint_duration_seconds: [
    'histogram',
    'Time from the lease to the end of a mint, by outcome.',
    ['outcome'],
  ],
  mints_total: [
    'counter',
    'Mints that had the lease, by outcome; refused and unavailable are failures of CAS.',
    ['outcome'],
  ],
  password_hashes_running: ['gauge', 'Passwords being hashed.', []],
  password_hashes_total: ['counter', 'Passwords hashed, including wrong passwords.', []],
  password_hashes_waiting: ['gauge', 'Passwords waiting to be hashed.', []],
  pool_connections: ['gauge', 'Open connections to Postgres.', []],
  pool_idle_connections: ['gauge', 'Open connections that are not in use.', []],
  pool_waiting: ['gauge', 'Statements waiting for a connection.', []],
  rate_limited_total: [
    'counter',
    'Requests refused by a limit; docs/limits.md lists the limits.',
    ['limit'],
  ],
  requests_running: ['gauge', 'Requests whose handlers are running.', []],
  requests_waiting: [
    'gauge',
    'Requests waiting for other requests of the same user or network.',
    [],
  ],
  rooms_live: ['gauge', 'Rooms with a live token, over all replicas.', []],
  rooms_unreadable: [
    'gauge',
    'Rooms whose stored token cannot be decrypted, as far as this replica has noticed.',
    [],
  ],
  seats_held: ['gauge', 'Held seats, over all replicas.', []],
  secret_key_rows: [
    'gauge',
    'Rows encrypted under a key of SECRET_KEYS, by table and key id.',
    ['key_id', 'table'],
  ],
  waiting_joiners: ['gauge', 'Requests waiting for a token.', []],
};

/** Counters that exist before any event, so that Prometheus sees the first increase. */
const ZEROS: Readonly<Record<string, readonly string[]>> = {
  alarms_total: [
    'session_dead',
    'mint_failed',
    'token_ends_early',
    'codes_guessed',
    'api_key_expiring',
  ],
  joins_total: ['ok'],
  mints_total: ['published', 'refused', 'unavailable', 'lost', 'released', 'broken'],
};

let server: TestApp;
let metrics: Scraper;

beforeAll(async () => {
  server = await startApp({ METRICS_PORT: '0' });
  metrics = scraperOf(server);
});
afterAll(() => server.stop());

describe('the metrics of a server', () => {
  it('the counters of a new server begin with zero', async () => {
    const families = await metrics.scrape();
    for (const [name, values] of Object.entries(ZEROS)) {
      const { samples = [] } = families.get(`latchkey_${name}`) ?? {};
      expect(samples.flatMap(({ labels }) => Object.values(labels))).toEqual(values);
      expect(new Set(samples.map(({ value }) => value))).toEqual(new Set([0]));
    }
    expect(families.get('latchkey_rate_limited_total')?.samples.length).toBeGreaterThan(10);
  });

  it('the server has exactly the declared metrics, each with its type, its help and its labels', async () => {
    await server.join(server.admin, await server.createRoom());
    const families = [...(await metrics.scrape())].filter(([name]) => name.startsWith('latchkey_'));
    const found = families.map(([name, { type, help, samples }]) => {
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      labels.delete('le');
      const sorted = [...labels].sort((a, b) => a.localeCompare(b));
      return [name.replace('latchkey_', ''), [type, help, sorted]];
    });
    expect(Object.fromEntries(found)).toEqual(METRICS);
  });
});
