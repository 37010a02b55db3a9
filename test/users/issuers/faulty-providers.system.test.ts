import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/expect-problem.js';
import { TestIssuer, trusting } from '../../support/issuer.js';
import type { List, SignedIn } from '../../support/shapes.js';

interface IssuerView {
  readonly name: string;
  readonly issuer: string;
  readonly works: boolean | null;
  readonly detail: string | null;
  readonly keysLoadedAt: string | null;
}

/** A text in every answer of a faulty provider, which no answer of the server may contain. */
const SECRET = 'text-of-the-provider';
const DISCOVERY = '/.well-known/openid-configuration';

type Answer = NonNullable<TestIssuer['answer']>;

const json =
  (body: unknown): Answer =>
  (_, response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const redirect: Answer = (_, response) =>
  void response.writeHead(302, { location: `/moved?${SECRET}` }).end(SECRET);

/** How each provider answers, and what the server says about it. */
const FAULTS: Readonly<Record<string, [answer: Answer, detail: RegExp]>> = {
  large: [
    (_, response) => void response.end(`{"keys":[],"a":"${'x'.repeat(10_000_000)}"}`),
    /256 KiB/,
  ],
  html: [
    (_, response) =>
      void response.setHeader('content-type', 'text/html').end(`<html>${SECRET}</html>`),
    /no JSON/,
  ],
  empty: [(_, response) => void response.end(), /JSON|jwks_uri/],
  moved: [redirect, /answered 302/],
  missing: [(_, response) => void response.writeHead(404).end(SECRET), /answered 404/],
  broken: [(_, response) => void response.writeHead(500).end(SECRET), /answered 500/],
  cut: [(_, response) => void response.destroy(), /closed the connection/],
  another: [json({ issuer: `https://${SECRET}`, jwks_uri: 'https://a' }), /names another issuer/],
  nameless: [json({ jwks_uri: `https://${SECRET}` }), /discovery document/],
  keyless: [json({ issuer: SECRET }), /jwks_uri/],
  list: [json([SECRET]), /jwks_uri/],
  slow: [
    // One byte at a time, so that no pause between bytes is long.
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    },
    /did not answer in time/,
  ],
};
const names = Object.keys(FAULTS);

const providers = new Map<string, TestIssuer>();
let good: TestIssuer;
let server: TestApp;
let readiness: unknown;

const bearing = (accessToken: string) => server.anyone.as({ accessToken } as SignedIn);
const provider = (name: string) => providers.get(name) as TestIssuer;

async function listed(): Promise<IssuerView[]> {
  const { status, body } = await server.admin.get<List<IssuerView>>('/v1/issuers');
  expect(status).toBe(200);
  return body.items;
}

beforeAll(async () => {
  good = await TestIssuer.start();
  for (const name of names) {
    const issuer = await TestIssuer.start();
    issuer.answer = FAULTS[name]?.[0];
    providers.set(name, issuer);
  }
  const scheme = await TestIssuer.start();
  scheme.answer = json({ issuer: scheme.url, jwks_uri: `file:///${SECRET}` });
  providers.set('scheme', scheme);
  const gone = await TestIssuer.start();
  await gone.close();
  providers.set('gone', gone);
  const entries = [...providers].map(([name, issuer]) => issuer.entry({ name }));
  server = await startApp(trusting(good.entry({ name: 'good' }), ...entries));
  // At once, while slow providers have not answered.
  const answer = await server.anyone.get('/health/ready');
  readiness = answer.status;
});
afterAll(async () => {
  await server.stop();
  await Promise.all(
    [...providers.values(), good].map((each) => each.close().catch(() => undefined)),
  );
});

describe('providers that fail at the start', () => {
  it('the server starts, and is ready, without waiting for them', () => {
    expect(readiness).toBe(200);
  });

  it('the tokens of the other provider are accepted', async () => {
    expect((await bearing(await good.sign()).get('/v1/me')).status).toBe(200);
  });

  it.each([...names, 'scheme', 'gone'])(
    'a token of the provider %s is answered with 503, never 401',
    async (name) => {
      const text = await provider(name).sign();
      const answer = await bearing(text).get('/v1/me');
      const { retryAfter = 0 } = expectProblem(answer, 503, 'issuer_unavailable');
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(30);
    },
  );

  it('administrators see the cause of each, without a text of the provider', async () => {
    const items = await listed();
    for (const [name, [, detail]] of Object.entries(FAULTS)) {
      const found = items.find((each) => each.name === name);
      expect([name, found]).toEqual([
        name,
        {
          name,
          issuer: provider(name).url,
          works: false,
          detail: expect.stringMatching(detail),
          keysLoadedAt: null,
        },
      ]);
    }
    expect(items.find(({ name }) => name === 'gone')).toMatchObject({ works: false });
    expect(items.find(({ name }) => name === 'scheme')?.detail).toMatch(/https/);
    expect(items.find(({ name }) => name === 'good')).toMatchObject({ works: true, detail: null });
    expect(JSON.stringify(items)).not.toContain(SECRET);
  });

  it('readiness stays 200, and names them', async () => {
    const { status, body } = await server.anyone.get<{ parts: { issuers: { detail: string } } }>(
      '/health/ready',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ready', parts: { issuers: { works: false } } });
    for (const name of names) expect(body.parts.issuers.detail).toContain(`${name}: `);
    expect(body.parts.issuers.detail).not.toMatch(/good:/);
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it('no redirect is followed', () => {
    expect(provider('moved').requests.every((path) => path === DISCOVERY)).toBe(true);
  });

  it('a provider that recovers is used without a restart', async () => {
    const broken = provider('broken');
    broken.answer = undefined;
    const text = await broken.sign();
    // The next attempt follows within seconds of the first failures.
    for (let attempt = 0; attempt < 150; attempt += 1) {
      if ((await listed()).find(({ name }) => name === 'broken')?.works === true) break;
      await sleep(100);
    }
    expect((await bearing(text).get('/v1/me')).status).toBe(200);
  });
});
