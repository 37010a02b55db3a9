import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { MemoryLog } from '../support/memory-log.js';
import { type Neighbour, startNeighbour } from '../support/neighbour.js';

interface Part {
  readonly works: boolean | null;
  readonly detail?: string;
  readonly triedAt?: string;
}

let base: TestApp;
const started: Neighbour[] = [];

beforeAll(async () => {
  base = await startApp();
});
afterAll(async () => {
  for (const server of started) await server.stop();
  await base.stop();
});

async function casOf(client: Client): Promise<Part> {
  const { body } = await client.get<{ parts: { cas: Part } }>('/health/ready');
  return body.parts.cas;
}

/** Starts a server whose `CAS_URL` has this ending, with a log in memory. */
async function startWith(end: string): Promise<{ server: Neighbour; log: MemoryLog }> {
  const log = new MemoryLog();
  const server = await startNeighbour(base, { CAS_URL: `${base.cas.url}${end}` }, log.logger);
  started.push(server);
  return { server, log };
}

describe('the readiness of CAS', () => {
  it('is unknown before the first call, then shows the result and the time of the last call', async () => {
    expect(await casOf(base.anyone)).toEqual({
      works: null,
      detail: 'no token has been requested yet',
    });
    const before = await base.database.query<{ now: Date }>('select clock_timestamp() as now');
    await base.join(base.admin, await base.createRoom());
    const after = await base.database.query<{ now: Date }>('select clock_timestamp() as now');
    const { works, triedAt = '' } = await casOf(base.anyone);
    expect(works).toBe(true);
    // A tenth of a second of tolerance: the time of the database has to reach the server.
    expect(Date.parse(triedAt)).toBeGreaterThan((before[0]?.now.getTime() ?? NaN) - 100);
    expect(Date.parse(triedAt)).toBeLessThan((after[0]?.now.getTime() ?? NaN) + 100);
    expect((await casOf(base.anyone)).triedAt).toBe(triedAt);
  });
});

describe('a CAS_URL', () => {
  it.each(['/stream/token/v2/', '/stream/token/v2', '/stream/token/v2/stream/token/v2/', '/'])(
    'that ends in %s works, without a warning in the log',
    async (end) => {
      const { server, log } = await startWith(end);
      const { id } = await base.createRoom();
      expect((await server.admin.post(`/v1/rooms/${id}/join`)).status).toBe(200);
      expect(log.text).not.toContain('CAS_URL');
    },
  );

  it('with another path is used as a prefix, which is logged at start and explained on failure', async () => {
    const { server, log } = await startWith('/prefix/');
    expect(log.text).toMatch(/"path":"\/prefix\/".*CAS_URL has its own path/);
    const { id } = await base.createRoom();
    const joining = server.admin.post(`/v1/rooms/${id}/join`);
    const sentence =
      'CAS has no tokens at the path /prefix/stream/token/v2/: check the path of CAS_URL';
    await expect
      .poll(async () => (await casOf(server.admin)).detail, { timeout: 5_000 })
      .toContain(sentence);
    expect(log.text).toContain(sentence);
    await joining;
  });
});
