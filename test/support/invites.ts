import { expect } from 'vitest';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import type { JoinGrant, NewInvite, SignedIn } from './shapes.js';

/** A configuration that trusts the test as a proxy, so that each caller can have an address of its own. */
export const FORWARDED = { TRUST_PROXY: '127.0.0.1' } as const;

interface Named {
  readonly id: string;
}

/** Creates an invite of the room, by default for a participant. */
export async function invite(
  { admin }: Pick<TestApp, 'admin'>,
  room: Named,
  body: Record<string, unknown> = {},
): Promise<NewInvite> {
  const path = `/v1/rooms/${room.id}/invites`;
  const answer = await admin.post<NewInvite>(path, { role: 'participant', ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

export const usesOf = async ({ admin }: TestApp, room: Named): Promise<number[]> => {
  const { body } = await admin.get<{ items: NewInvite[] }>(`/v1/rooms/${room.id}/invites`);
  return body.items.map(({ uses }) => uses);
};

export const joinBy = (client: Client, room: Named, inviteCode: string) =>
  client.post<JoinGrant>(`/v1/rooms/${room.id}/join`, { inviteCode });

let addresses = 0;
/** Signs in a guest, from an address of their own. */
export function askAsGuest(
  { anyone }: Pick<TestApp, 'anyone'>,
  inviteCode: string,
  displayName = 'Guest',
): Promise<Answer<SignedIn>> {
  addresses += 1;
  const address = `10.${(addresses >> 16) % 256}.${(addresses >> 8) % 256}.${addresses % 256}`;
  const headers = { 'x-forwarded-for': address };
  return anyone.post<SignedIn>('/v1/auth/guest', { inviteCode, displayName }, headers);
}

export async function signInAsGuest(
  server: Pick<TestApp, 'anyone'>,
  inviteCode: string,
  displayName?: string,
): Promise<Client> {
  const { status, body } = await askAsGuest(server, inviteCode, displayName);
  expect(status).toBe(201);
  return server.anyone.as(body);
}
