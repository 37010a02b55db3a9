import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { call, cas, credentials, fetchToken, now, STREAM, useCas } from './cas.fixture.js';
import { startSandboxCas } from './sandbox-cas.js';

useCas();

describe('the answer that the vendor documents', () => {
  it.each([STREAM, '/sync/token/'])('%s returns an HS256 token for a new session', async (path) => {
    const response = await call(path);
    expect(response.status).toBe(200);
    expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now())).toBeLessThan(
      2000,
    );
    const body: unknown = await response.json();
    expect(body).toEqual({
      token: expect.stringMatching(/^eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9\./),
    });
    const [first, second] = [await fetchToken(), await fetchToken()];
    expect(decodeProtectedHeader(first)).toEqual({ typ: 'JWT', alg: 'HS256' });
    const { rid, unct, iat, exp } = decodeJwt(first);
    expect(rid).toMatch(/^[0-9a-f]{32}$/);
    expect(unct).toMatch(/^[0-9a-f]+$/);
    expect(Math.abs((iat ?? 0) - now())).toBeLessThan(2);
    expect(exp).toBe((iat ?? 0) + 3600);
    expect(decodeJwt(second)['rid']).not.toBe(rid);
  });

  it('the curl command of the vendor’s documentation gets a token', async () => {
    const line = `curl -iL --request GET --url ${cas.url}/stream/token/v2/ --header 'auth-api-key: key-of-cas' --header 'auth-api-secret: secret-of-cas'`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line]);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(stdout).toMatch(/\{"token":"eyJ[^"]+"\}$/);
  });

  it.each([
    ['a wrong key', { ...credentials, 'auth-api-key': 'wrong' }],
    ['a wrong secret', { ...credentials, 'auth-api-secret': 'secret-of-cas2' }],
    ['no secret', { 'auth-api-key': 'key-of-cas' }],
    ['nothing', {}],
  ])('a request with %s gets 401', async (_, headers) => {
    const response = await call(STREAM, { headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toHaveProperty('error');
    expect(cas.stats()).toMatchObject({ received: 1, tokens: 0, answers: { 401: 1 } });
  });

  it('other paths, also without the final slash, get 404, and other methods get 405', async () => {
    expect((await call('/stream/token/v2')).status).toBe(404);
    expect((await call('/sync/token')).status).toBe(404);
    expect((await call('/')).status).toBe(404);
    const posted = await call(STREAM, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
    expect(cas.stats().answers).toEqual({ 404: 3, 405: 1 });
  });
});

describe('the counts of the sandbox CAS', () => {
  it('the counts are exact when the answer arrives, and list the sessions', async () => {
    // Long enough for the requests to overlap on the slowest machine.
    cas.behave({ delay: 300 });
    const tokens = await Promise.all(Array.from({ length: 50 }, () => fetchToken()));
    const { recent, ...counts } = cas.stats();
    expect(counts).toMatchObject({ received: 50, tokens: 50, answers: { 200: 50 } });
    await expect.poll(() => cas.stats().inFlight).toBe(0);
    expect(counts.highestInFlight).toBeGreaterThan(1);
    expect(new Set(recent.map(({ rid }) => rid))).toEqual(
      new Set(tokens.map((each) => decodeJwt(each)['rid'])),
    );
    cas.reset();
    expect(cas.stats()).toMatchObject({ received: 0, tokens: 0, answers: {}, recent: [] });
  });

  it('the counts keep the last 10,000 requests', async () => {
    cas.behave({ status: 500 });
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(Array.from({ length: 101 }, () => call().then((each) => each.text())));
    }
    expect(cas.stats().answers).toEqual({ 500: 10_100 });
    expect(cas.stats().recent).toHaveLength(10_000);
  }, 60_000);
});

describe('the start and the end of the sandbox CAS', () => {
  it('closing the sandbox ends hanging connections at once', async () => {
    const other = await startSandboxCas({ apiKey: 'a', apiSecret: 'b' });
    other.behave({ hang: true });
    const hanging = fetch(other.url + STREAM).catch((error: unknown) => error);
    await expect.poll(() => other.stats().inFlight).toBe(1);
    await Promise.all([other.close(), other.close()]);
    expect(await hanging).toBeInstanceOf(Error);
  });

  it('a start refuses a port in use, and tokens live as long as the options say', async () => {
    const options = { apiKey: 'key-of-cas', apiSecret: 'b', lifeSeconds: 90, port: cas.port };
    await expect(startSandboxCas(options)).rejects.toThrow(`Port ${cas.port} on 127.0.0.1 is in`);
    const other = await startSandboxCas({ ...options, port: 0 });
    const headers = { 'auth-api-key': other.apiKey, 'auth-api-secret': other.apiSecret };
    const body: unknown = await (await fetch(other.url + STREAM, { headers })).json();
    const { iat, exp } = decodeJwt(JSON.stringify(body).slice('{"token":"'.length, -2));
    expect((exp ?? 0) - (iat ?? 0)).toBe(90);
    await other.close();
  });
});
