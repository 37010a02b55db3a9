import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Behaviour } from '../../sandbox/cas/behaviour.js';
import { type SandboxCas, startSandboxCas } from '../../sandbox/cas/sandbox-cas.js';
import { startApp, type TestApp } from '../support/app.js';
import { casFaults } from '../support/cas-faults.js';
import type { Answer } from '../support/client.js';
import { testEnvironment } from '../support/config.js';
import { type Neighbour, startNeighbour } from '../support/neighbour.js';
import type { JoinGrant, ProblemBody, Room } from '../support/shapes.js';
import { tokenRowOf } from '../support/token-rows.js';

const { CAS_API_KEY: apiKey, CAS_API_SECRET: apiSecret } = testEnvironment;
const REDIRECTS = 'redirects to another server';
const REFUSES = 'refuses connections';
const behaviours = [...Object.keys(casFaults), REDIRECTS, REFUSES];
const PROXIES = [
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
];

let base: TestApp;
let live: Room;
let thief: SandboxCas;
const environment = { ...process.env };

/** The outcome of a join of a cold room, and of repeated joins of a live room meanwhile. */
interface Outcome {
  readonly server: Neighbour;
  readonly roomId: string;
  readonly answer: Answer<ProblemBody>;
  readonly seconds: number;
  readonly rejoined: Answer<JoinGrant>[];
  /** The answer to a second join, right after the first join. */
  readonly again: Answer<ProblemBody> | undefined;
}
const outcomes = new Map<string, Outcome>();

const join = ({ admin }: Neighbour, roomId: string) =>
  admin.post<ProblemBody>(`/v1/rooms/${roomId}/join`);

async function observe(server: Neighbour, roomId: string): Promise<Outcome> {
  const rejoined: Answer<JoinGrant>[] = [];
  const startedAt = performance.now();
  const joining = { seconds: 0 };
  const cold = join(server, roomId).finally(() => {
    joining.seconds = (performance.now() - startedAt) / 1_000;
  });
  while (joining.seconds === 0) {
    rejoined.push(await server.admin.post<JoinGrant>(`/v1/rooms/${live.id}/join`));
    await sleep(500);
  }
  const answer = await cold;
  const isRefusedAtOnce = (answer.body.retryAfter ?? 0) > 10;
  const again = isRefusedAtOnce ? await join(server, roomId) : undefined;
  return { server, roomId, answer, seconds: joining.seconds, rejoined, again };
}

beforeAll(async () => {
  base = await startApp();
  live = await base.createRoom();
  await base.join(base.admin, live);
  thief = await startSandboxCas({ apiKey, apiSecret });
  for (const name of PROXIES) process.env[name] = thief.url;
  const faults: Record<string, Behaviour> = {
    ...casFaults,
    [REDIRECTS]: { redirect: `${thief.url}/stream/token/v2/` },
  };
  const servers = new Map<string, Neighbour>();
  for (const behaviour of behaviours)
    servers.set(
      behaviour,
      await startNeighbour(base, behaviour === REFUSES ? { CAS_URL: closedUrl } : {}),
    );
  // All servers at once, because most joins take the ten seconds that a join waits.
  await Promise.all(
    [...servers].map(async ([behaviour, server]) => {
      server.cas.behave(faults[behaviour] ?? {});
      outcomes.set(behaviour, await observe(server, (await base.createRoom()).id));
    }),
  );
});
afterAll(async () => {
  for (const name of PROXIES) delete process.env[name];
  Object.assign(process.env, environment);
  await Promise.all([...outcomes.values()].map(({ server }) => server.stop()));
  await thief.close();
  await base.stop();
});

/** No server listens on this port, not even by chance. */
const closedUrl = 'http://127.0.0.1:1';

function outcomeOf(behaviour: string): Outcome {
  return outcomes.get(behaviour) ?? expect.unreachable(`no outcome of a CAS that "${behaviour}"`);
}

async function partsOf({ admin }: Neighbour) {
  const { status, body } = await admin.get<{ parts: Record<string, unknown> }>('/health/ready');
  expect(status).toBe(200);
  return body.parts;
}

describe.each(behaviours)('a CAS that %s', (behaviour) => {
  it('makes the join of a cold room answer 503 with a Retry-After, in time', () => {
    const { answer, seconds } = outcomeOf(behaviour);
    expect([answer.status, answer.body.code]).toEqual([503, 'cas_unavailable']);
    expect(answer.body.retryAfter).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers.get('retry-after'))).toBe(answer.body.retryAfter);
    // The contract says 10.5 s; twenty servers at once get twice that time.
    expect(seconds).toBeLessThan(21);
  });

  it('leaves the room without a token', async () => {
    const row = await tokenRowOf(base.database, outcomeOf(behaviour).roomId);
    expect(row).toMatchObject({ generation: 0, token: null, serveIn: null });
    expect(row.failures).toBeGreaterThan(0);
  });

  it('does not affect joins of a live room', () => {
    const { rejoined } = outcomeOf(behaviour);
    expect(rejoined.length).toBeGreaterThan(0);
    expect(new Set(rejoined.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(rejoined.map(({ body }) => body.token)).size).toBe(1);
  });

  it('is reported by readiness, which stays 200', async () => {
    const parts = await partsOf(outcomeOf(behaviour).server);
    expect(parts['cas']).toEqual({
      works: false,
      detail: expect.stringMatching(/^(?=.*CAS)[A-Z].*: \w.*[^.]$/),
      triedAt: expect.any(String),
    });
    expect(parts['tokens']).toEqual({ works: true });
  });

  it('gets one call at a time, with a longer pause after each', () => {
    const { received, highestInFlight } = outcomeOf(behaviour).server.cas.stats();
    expect(highestInFlight).toBeLessThanOrEqual(1);
    // Half of 250 ms, doubled each time, fits seven times into ten seconds.
    expect(received).toBeLessThanOrEqual(7);
  });
});

describe('key and secret', () => {
  it('are sent to no redirect target, and to no proxy of the environment', () => {
    expect(outcomeOf(REDIRECTS).server.cas.stats().answers[302]).toBeGreaterThan(0);
    expect(thief.stats().received).toBe(0);
  });
});

describe('readiness', () => {
  const REFUSED = 'CAS refused the API key or secret: check CAS_API_KEY and CAS_API_SECRET';
  it.each([
    ['answers 401', REFUSED],
    ['answers 403', REFUSED],
    ['answers 404', 'CAS has no tokens at the path /stream/token/v2/: check the path of CAS_URL'],
    [REDIRECTS, 'set CAS_URL to the address that answers without a redirect'],
    ['answers with a web page', 'check that CAS_URL names the CAS itself'],
    ['answers without a token', 'check that CAS_URL names the CAS itself'],
    ['answers 10 MB', 'check that CAS_URL names the CAS itself'],
    ['answers 500', 'if it lasts, ask the vendor'],
    ['answers 429, to come back in 20 s', 'ask the vendor for its limits'],
    ['hangs', 'did not answer in time: check host and port of CAS_URL'],
    ['closes the connection', 'check CAS_URL and the network'],
    ['gives a token that has expired', 'ask the vendor whether its clock is right'],
    [REFUSES, 'cannot be reached (ECONNREFUSED): check host and port of CAS_URL'],
  ])('says what to check about a CAS that %s', async (behaviour, sentence) => {
    const { cas } = await partsOf(outcomeOf(behaviour).server);
    expect(cas).toMatchObject({ detail: expect.stringContaining(sentence) });
  });
});

describe('a CAS that sends a Retry-After', () => {
  it.each([
    ['answers 429, to come back in 20 s', 20],
    ['answers 503, to come back in 20 s', 20],
    ['answers 429, to come back at a date', 30],
  ])('is called once, and joins are refused at once, when it %s', (behaviour, wait) => {
    const { server, answer, again, seconds } = outcomeOf(behaviour);
    expect(server.cas.stats().received).toBe(1);
    expect(seconds).toBeLessThan(5);
    expect(answer.body.retryAfter).toBeLessThanOrEqual(wait);
    expect(answer.body.retryAfter).toBeGreaterThan(wait - 5);
    expect(again?.status).toBe(503);
  });
});

describe('a CAS that works again', () => {
  it.each(['hangs', 'answers 401', 'answers 500', REDIRECTS])(
    'is called again and reported as working, after a time when it %s',
    async (behaviour) => {
      const { server, roomId } = outcomeOf(behaviour);
      server.cas.reset();
      const { status, body } = await server.admin.post<JoinGrant>(`/v1/rooms/${roomId}/join`);
      expect([status, body.generation, server.cas.stats().received]).toEqual([200, 1, 1]);
      expect((await partsOf(server))['cas']).toEqual({
        works: true,
        triedAt: expect.any(String),
      });
    },
  );
});

describe('a seat', () => {
  it('is kept when CAS returns no token', async () => {
    const { server, roomId } = outcomeOf('closes the connection');
    expect((await server.admin.post(`/v1/rooms/${roomId}/heartbeat`)).status).toBe(200);
  });
});
