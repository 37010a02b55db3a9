import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { expectProblem } from '../../support/expect-problem.js';
import { createIssuerKey, type IssuerKey } from '../../support/issuer.js';
import { pass } from '../../support/process-clock.js';
import { useTrustingServer } from '../../support/trusting-server.js';

const PAUSE = 30;
const DAY = 86_400;

const trusted = useTrustingServer({}, { RATE_LIMITS: 'off' });

afterAll(() => vi.restoreAllMocks());

const signedBy = (key: IssuerKey, header = {}) =>
  trusted.issuer.sign({ sub: trusted.newSubject() }, header, key);
const verdictOn = async (key: IssuerKey, header = {}) =>
  trusted.verdictOn(await signedBy(key, header));
const keyNow = () => trusted.issuer.keys[0] as IssuerKey;

let number = 0;
function nextKey(): Promise<IssuerKey> {
  number += 1;
  return createIssuerKey(`key-${number}`);
}

/** Waits until the server has asked the issuer once more. */
async function untilAsked(before: number): Promise<void> {
  await vi.waitFor(() => expect(trusted.issuer.requests.length).toBeGreaterThan(before), 5_000);
}

describe('a rotation of keys at the issuer', () => {
  it('with overlap, tokens of both keys are accepted at once, after one fetch', async () => {
    const [old, fresh] = [keyNow(), await nextKey()];
    expect(await verdictOn(old)).toBe('accepted');
    trusted.issuer.keys = [fresh, old];
    const before = trusted.issuer.requests.length;
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => verdictOn(index % 2 === 0 ? fresh : old)),
    );
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    expect(trusted.issuer.requests.length - before).toBe(1);
  });

  it('without overlap, tokens of the new key are accepted at once', async () => {
    pass(PAUSE);
    const fresh = await nextKey();
    trusted.issuer.keys = [fresh];
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verdictOn(fresh)));
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
  });

  it('a forged key id shortly before the rotation delays good tokens, and refuses none', async () => {
    pass(PAUSE);
    await verdictOn(keyNow(), { kid: 'forged' });
    const fresh = await nextKey();
    trusted.issuer.keys = [fresh];
    const text = await signedBy(fresh);
    const answer = await trusted.bearing(text).get('/v1/me');
    const { retryAfter = Infinity } = expectProblem(answer, 503, 'issuer_unavailable');
    pass(retryAfter);
    expect(await trusted.verdictOn(text)).toBe('accepted');
  });

  it('a load that began before the rotation refuses no good token', async () => {
    pass(PAUSE);
    const before = JSON.stringify({ keys: trusted.issuer.keys.map(({ publicJwk }) => publicJwk) });
    const held: ServerResponse[] = [];
    trusted.issuer.answer = (_, response) => void held.push(response);
    const asked = trusted.issuer.requests.length;
    const forged = verdictOn(keyNow(), { kid: 'forged' });
    await untilAsked(asked);
    const fresh = await nextKey();
    trusted.issuer.keys = [fresh];
    const text = await signedBy(fresh);
    const good = trusted.verdictOn(text);
    // Until the request has reached the load that is under way.
    await sleep(200);
    trusted.issuer.answer = undefined;
    for (const response of held) response.setHeader('content-type', 'application/json').end(before);
    expect(await forged).toMatch(/^(key_unknown|issuer_unavailable)$/);
    expect(await good).toMatch(/^(accepted|issuer_unavailable)$/);
    pass(PAUSE);
    expect(await trusted.verdictOn(text)).toBe('accepted');
  });

  it('tokens without a key id are accepted while the issuer has two keys', async () => {
    pass(PAUSE);
    const [old, fresh] = [keyNow(), await nextKey()];
    trusted.issuer.keys = [old, fresh];
    expect(await verdictOn(fresh)).toBe('accepted');
    expect(await verdictOn(old, { kid: undefined })).toBe('accepted');
    expect(await verdictOn(fresh, { kid: undefined })).toBe('accepted');
    // It may be signed by a key that is new, and the pause after the last load goes on.
    const unknown = await nextKey();
    expect(await verdictOn(unknown, { kid: undefined })).toBe('issuer_unavailable');
    pass(PAUSE);
    expect(await verdictOn(unknown, { kid: undefined })).toBe('signature');
  });

  it('a token without a key id may be signed by a key that is new', async () => {
    pass(PAUSE);
    const fresh = await nextKey();
    trusted.issuer.keys = [fresh];
    expect(await verdictOn(fresh, { kid: undefined })).toBe('accepted');
    pass(PAUSE);
    expect(await verdictOn(await nextKey(), { kid: undefined })).toBe('signature');
    trusted.issuer.keys = [fresh, await nextKey()];
    pass(PAUSE);
    expect(await verdictOn(trusted.issuer.keys[1] as IssuerKey)).toBe('accepted');
  });

  it('a key that the issuer withdrew is refused after the next load', async () => {
    const [old, fresh] = trusted.issuer.keys as [IssuerKey, IssuerKey];
    const text = await signedBy(old);
    expect(await trusted.verdictOn(text)).toBe('accepted');
    trusted.issuer.keys = [fresh];
    pass(PAUSE);
    await verdictOn(fresh, { kid: 'forged' });
    expect(await trusted.verdictOn(text)).toMatch(/^(key_unknown|issuer_unavailable)$/);
    pass(PAUSE);
    expect(await trusted.verdictOn(text)).toBe('key_unknown');
  });
});

describe('known keys while the provider is down', () => {
  it('known keys are good for 24 h after the last load, and then answered with 503', async () => {
    const key = keyNow();
    expect(await verdictOn(key)).toBe('accepted');
    trusted.issuer.answer = (_, response) => response.writeHead(503).end();
    const asked = trusted.issuer.requests.length;
    pass(DAY - 600);
    await untilAsked(asked);
    expect(await verdictOn(key)).toBe('accepted');
    pass(700);
    expect(await verdictOn(key)).toBe('issuer_unavailable');
  });

  it('an empty list of keys is a failure, and the known keys stay good', async () => {
    trusted.issuer.answer = undefined;
    const key = keyNow();
    pass(PAUSE);
    expect(await verdictOn(key)).toBe('accepted');
    trusted.issuer.keys = [];
    pass(PAUSE);
    expect(await verdictOn(key, { kid: 'forged' })).toBe('issuer_unavailable');
    expect(await verdictOn(key)).toBe('accepted');
    trusted.issuer.keys = [key];
  });

  it('a provider that is up again is found by a retry, without any request', async () => {
    trusted.issuer.answer = undefined;
    const asked = trusted.issuer.requests.length;
    pass(PAUSE * 20);
    await untilAsked(asked);
    await vi.waitFor(async () => expect(await verdictOn(keyNow())).toBe('accepted'), 5_000);
  });

  it('a load for an unknown key id that failed is repeated after the pause', async () => {
    pass(PAUSE);
    trusted.issuer.answer = (_, response) => response.writeHead(503).end();
    const fresh = await nextKey();
    const text = await signedBy(fresh);
    expect(await trusted.verdictOn(text)).toBe('issuer_unavailable');
    trusted.issuer.answer = undefined;
    trusted.issuer.keys = [fresh];
    const asked = trusted.issuer.requests.length;
    pass(PAUSE);
    await untilAsked(asked);
    await vi.waitFor(async () => expect(await trusted.verdictOn(text)).toBe('accepted'), 5_000);
  });
});
