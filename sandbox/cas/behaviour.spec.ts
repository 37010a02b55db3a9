import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Behaviour } from './behaviour.js';
import {
  call,
  cas,
  credentials,
  fetchClaims,
  fetchToken,
  now,
  STREAM,
  useCas,
} from './cas.fixture.js';

useCas();

describe('behaviours of the sandbox CAS', () => {
  it.each([401, 403, 429, 500, 503])(
    'the behaviour status answers with %i and Retry-After',
    async (status) => {
      cas.behave({ status, retryAfter: 7 });
      const response = await call();
      expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7']);
      expect(cas.stats()).toMatchObject({ tokens: 0, answers: { [status]: 1 } });
    },
  );

  it('the behaviour delay waits before the answer', async () => {
    cas.behave({ delay: 150 });
    const began = Date.now();
    const answer = call();
    await expect.poll(() => cas.stats().inFlight).toBe(1);
    expect((await answer).status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(149);
    expect(cas.stats()).toMatchObject({ inFlight: 0, highestInFlight: 1 });
  });

  it.each<Behaviour>([{ hang: true }, { delay: 60_000 }])(
    'a request under the behaviour %o ends when its client disconnects',
    async (slow) => {
      cas.behave(slow);
      await expect(call(STREAM, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
      await expect.poll(() => cas.stats().inFlight).toBe(0);
      expect(cas.stats()).toMatchObject({ received: 1, answers: {}, tokens: 0 });
      expect(cas.stats().recent).toMatchObject([{ path: STREAM, status: null, rid: null }]);
    },
  );

  it('the behaviour trickle sends the headers at once and then single bytes', async () => {
    cas.behave({ trickle: true });
    const response = await call();
    const began = Date.now();
    expect(response.status).toBe(200);
    expect(cas.stats()).toMatchObject({ inFlight: 1, tokens: 1, answers: { 200: 1 } });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(1);
    expect(Date.now() - began).toBeGreaterThan(300);
    await reader?.cancel();
    await expect.poll(() => cas.stats().inFlight).toBe(0);
  });

  it('the behaviour garbage answers with a web page and status 200', async () => {
    cas.behave({ garbage: true });
    const response = await call();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it.each([
    ['number', { token: 42 }],
    ['missing', {}],
    ['empty', { token: '' }],
  ] as const)(
    'the behaviour wrongType %s replaces the token of the answer',
    async (wrongType, body) => {
      cas.behave({ wrongType });
      expect(await (await call()).json()).toEqual(body);
      expect(cas.stats()).toMatchObject({ tokens: 0, answers: { 200: 1 } });
    },
  );

  it('the behaviour redirect answers with the configured Location', async () => {
    cas.behave({ redirect: 'http://127.0.0.1:9/steal' });
    const response = await call();
    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      'http://127.0.0.1:9/steal',
    ]);
  });

  it('the behaviour huge answers with a body of 10 MB', async () => {
    cas.behave({ huge: true });
    expect((await (await call()).text()).length).toBeGreaterThan(10_000_000);
  });

  it('the behaviour drop closes the connection without an answer', async () => {
    cas.behave({ drop: true });
    const dropped = new Promise((_, reject) => {
      request(cas.url + STREAM, { headers: credentials })
        .once('error', reject)
        .end();
    });
    await expect(dropped).rejects.toThrow('socket hang up');
    expect(cas.stats()).toMatchObject({ received: 1, answers: {} });
  });

  it('the behaviours of the lifetime change the exp of the token', async () => {
    cas.behave({ noExp: true });
    expect(await fetchClaims()).not.toHaveProperty('exp');
    cas.behave({ expired: true });
    expect((await fetchClaims()).exp).toBeLessThan(now() - 50);
    cas.behave({ shortLife: 5 });
    expect(Math.abs(((await fetchClaims()).exp ?? 0) - now() - 5)).toBeLessThan(2);
    cas.behave({ oddExp: true });
    expect((await fetchClaims()).exp).toBeTypeOf('string');
    cas.behave({ opaque: true });
    expect((await fetchToken()).split('.')).toHaveLength(1);
    expect(cas.stats().tokens).toBe(5);
  });

  it('the behaviour clockSkew shifts the Date header and the token by the same time', async () => {
    cas.behave({ clockSkew: -600 });
    const response = await call();
    const ahead = Date.parse(response.headers.get('date') ?? '') / 1000 - now();
    expect(Math.abs(ahead + 600)).toBeLessThan(2);
    expect(Math.abs(((await fetchClaims()).iat ?? 0) - now() + 600)).toBeLessThan(2);
  });

  it('a behaviour with times ends after exactly that many answers, also for simultaneous requests', async () => {
    cas.behave({ status: 503, times: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => call()));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
    expect(cas.stats().answers).toEqual({ 200: 5, 503: 3 });
  });

  it('a new behaviour is merged into the current one, and replaces only a different kind of answer', async () => {
    cas.behave({ clockSkew: 60, status: 429, retryAfter: 5 });
    cas.behave({ shortLife: 9 });
    cas.behave({ wrongType: 'empty' });
    cas.behave({ status: 500 });
    const response = await call();
    expect([response.status, response.headers.get('retry-after')]).toEqual([500, null]);
    cas.behave({ drop: false, hang: false });
    const shown: unknown = await (await call('/__sandbox/behaviour')).json();
    expect(shown).toEqual({ clockSkew: 60, shortLife: 9, status: 500, drop: false, hang: false });
    expect(() => cas.behave({ hang: true, status: 500 })).toThrow('Choose one of status, hang.');
  });
});
