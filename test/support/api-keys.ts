import { expect } from 'vitest';
import type { Scope } from '../../src/platform/access/scope.js';
import type { TestApp } from './app.js';
import { Client } from './client.js';
import type { ApiKey, NewApiKey, SignedIn } from './shapes.js';

export const KEYS = '/v1/api-keys';

export interface TestKey extends NewApiKey {
  /** A client that sends the key. */
  readonly client: Client;
}

export function clientOf({ url }: TestApp, key: string): Client {
  return new Client(url, { accessToken: key } as SignedIn);
}

/** Creates a key as the administrator. */
export async function createKey(
  server: TestApp,
  scopes: readonly Scope[] = ['rooms:read'],
  wish: Record<string, unknown> = {},
): Promise<TestKey> {
  const body = { name: 'Shop', scopes, ...wish };
  const answer = await server.admin.post<NewApiKey>(KEYS, body);
  expect(answer.status).toBe(201);
  return { ...answer.body, client: clientOf(server, answer.body.key) };
}

export async function readKey(server: TestApp, id: string): Promise<ApiKey> {
  const { status, body } = await server.admin.get<ApiKey>(`${KEYS}/${id}`);
  expect(status).toBe(200);
  return body;
}

/** Replaces the secret of a key; returns a client that sends the new secret. */
export async function rotate(
  server: TestApp,
  id: string,
  overlapSeconds?: number,
): Promise<Client> {
  const body = overlapSeconds === undefined ? undefined : { overlapSeconds };
  const answer = await server.admin.post<{ key: string }>(`${KEYS}/${id}/rotate`, body);
  expect(answer.status).toBe(201);
  return clientOf(server, answer.body.key);
}

/** Why the bearer token of this client is refused; undefined if it is accepted. */
export async function refusalOf(client: Client): Promise<string | undefined> {
  const { status, body } = await client.get<{ reason?: string }>('/v1/rooms');
  if (status === 200) return undefined;
  expect(status).toBe(401);
  return body.reason ?? 'no reason';
}
