import { decodeJwt, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type SandboxCas, startSandboxCas } from './sandbox-cas.js';

export const STREAM = '/stream/token/v2/';
export const credentials = { 'auth-api-key': 'key-of-cas', 'auth-api-secret': 'secret-of-cas' };

export let cas: SandboxCas;

export function useCas(): void {
  beforeAll(async () => {
    cas = await startSandboxCas({ apiKey: 'key-of-cas', apiSecret: 'secret-of-cas' });
  });
  beforeEach(() => cas.reset());
  afterAll(() => cas.close());
}

export function call(path = STREAM, init: RequestInit = {}): Promise<Response> {
  return fetch(cas.url + path, { headers: credentials, redirect: 'manual', ...init });
}

export async function fetchToken(): Promise<string> {
  const body: unknown = await (await call()).json();
  if (typeof body !== 'object' || body === null || !('token' in body)) throw new Error('No token.');
  return String(body.token);
}

export async function fetchClaims(): Promise<JWTPayload> {
  return decodeJwt(await fetchToken());
}

/** Seconds since the epoch. */
export function now(): number {
  return Date.now() / 1000;
}
