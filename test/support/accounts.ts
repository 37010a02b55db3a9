import { expect } from 'vitest';
import type { TestApp } from './app.js';
import type { Client } from './client.js';
import type { List, SignedIn } from './shapes.js';

export const PASSWORD = 'a password for tests';

export interface Session {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

export const idOf = (client: Client) => client.signedIn?.user.id ?? '';
export const emailOf = (client: Client) => client.signedIn?.user.email ?? '';

export function sessionIdOf({ token = '' }: Client): string {
  const [, payload = ''] = token.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string }).sid;
}

/** Opens another session of the same user. */
export async function signInAgain(
  server: TestApp,
  client: Client,
  password = PASSWORD,
  headers: Record<string, string> = {},
): Promise<Client> {
  const body = { email: emailOf(client), password };
  const answer = await server.anyone.post<SignedIn>('/v1/auth/login', body, headers);
  expect(answer.status).toBe(200);
  return client.as(answer.body);
}

export async function statusesOf(clients: readonly Client[]): Promise<number[]> {
  return Promise.all(clients.map(async (each) => (await each.get('/v1/me')).status));
}

export async function sessionsOf(client: Client, query = ''): Promise<List<Session>> {
  const { status, body } = await client.get<List<Session>>(`/v1/me/sessions${query}`);
  expect(status).toBe(200);
  return body;
}

/** Returns the audit entries about a user after their registration: actions and details. */
export async function trailOf(server: TestApp, userId: string): Promise<[string, unknown][]> {
  const rows = await server.database.query<{ action: string; details: unknown }>(
    `select action, details from audit_entries
      where user_id = $1 and action not in ('user.registered', 'session.opened') order by at, id`,
    [userId],
  );
  return rows.map(({ action, details }) => [action, details]);
}

/** Makes a session look as if it was opened so many seconds ago. */
export async function ageSession(server: TestApp, client: Client, seconds: number): Promise<void> {
  await server.database.query(
    `update sessions set created_at = created_at - make_interval(secs => $2) where id = $1`,
    [sessionIdOf(client), seconds],
  );
  await server.database.query(
    `update users set sessions_valid_from = sessions_valid_from - make_interval(secs => $2)
      where id = $1`,
    [idOf(client), seconds],
  );
}
