import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import type { Environment } from '../../support/config.js';
import { MemoryLog } from '../../support/memory-log.js';
import { type Neighbour, startNeighbour } from '../../support/neighbour.js';

let base: TestApp;
let log: MemoryLog;
const started: Neighbour[] = [];

beforeAll(async () => {
  base = await startApp();
});
afterAll(async () => {
  for (const server of started) await server.stop();
  await base.stop();
});
beforeEach(() => {
  log = new MemoryLog();
});

async function startWith(overrides: Environment): Promise<Client> {
  const server = await startNeighbour(base, overrides, log.logger);
  started.push(server);
  return server.admin;
}

describe.each(['', 'https://party.example.org'])(
  'log entries about origins with CORS_ORIGINS=%s',
  (CORS_ORIGINS) => {
    it('a refused origin is logged once, together with the value to add', async () => {
      const client = await startWith({ CORS_ORIGINS });
      for (let time = 0; time < 3; time += 1)
        for (const origin of ['https://one.example.org', 'https://two.example.org:8443'])
          expect((await client.get('/v1/me', { origin })).status).toBe(200);
      await fetch(`${client.url}/v1/me`, {
        method: 'OPTIONS',
        headers: { origin: 'https://one.example.org', 'access-control-request-method': 'GET' },
      });
      const lines = log.linesWith('CORS_ORIGINS');
      expect(lines).toHaveLength(2);
      expect(lines[0]).toContain('add https://one.example.org to CORS_ORIGINS');
      expect(lines[1]).toContain('add https://two.example.org:8443 to CORS_ORIGINS');
    });

    it('pages of the server’s own origin are not logged', async () => {
      const client = await startWith({ CORS_ORIGINS });
      await client.get('/v1/me', { origin: client.url });
      expect(log.linesWith('CORS_ORIGINS')).toEqual([]);
    });
  },
);

describe('log entries about origins that cannot be allowed', () => {
  it('such origins are logged with different advice, and only a bounded number of them', async () => {
    const client = await startWith({});
    await client.get('/v1/me', { origin: 'null' });
    expect(log.linesWith('CORS_ORIGINS')).toMatchObject([/serve the page from an http/]);
    for (let each = 0; each < 150; each += 1)
      await client.get('/health/live', { origin: `https://${each}.${'x'.repeat(300)}.org` });
    const lines = log.linesWith('CORS_ORIGINS');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.length).toBeLessThan(120);
    expect(lines.every((line) => line.length < 1_000)).toBe(true);
  });
});

describe('log entries about a proxy outside TRUST_PROXY', () => {
  it.each(['', '192.0.2.0/24'])(
    'a proxy outside TRUST_PROXY=%s is logged once',
    async (TRUST_PROXY) => {
      const client = await startWith({ TRUST_PROXY });
      await client.get('/health/live');
      expect(log.linesWith('TRUST_PROXY')).toEqual([]);
      for (const from of ['203.0.113.7', '203.0.113.8'])
        await client.get('/health/live', { 'x-forwarded-for': from });
      const lines = log.linesWith('TRUST_PROXY');
      expect(lines).toMatchObject([/add 127\.0\.0\.1 to TRUST_PROXY if it is your proxy/]);
      expect(log.text).not.toContain('203.0.113.');
    },
  );

  it('a trusted proxy is not logged', async () => {
    const client = await startWith({ TRUST_PROXY: 'loopback' });
    await client.get('/health/live', { 'x-forwarded-for': '203.0.113.7' });
    expect(log.linesWith('TRUST_PROXY')).toEqual([]);
  });
});
