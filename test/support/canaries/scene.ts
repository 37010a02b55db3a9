import type { SandboxCas } from '../../../sandbox/cas/sandbox-cas.js';
import type { Client } from '../client.js';
import type { NewInvite, Room, SignedIn } from '../shapes.js';
import type { OwnPostgres } from '../own-postgres.js';
import type { Traffic } from '../traffic.js';
import type { Secrets } from './secrets.js';

/** A server that logs all it can, and what it runs on. */
export interface Testbed {
  readonly traffic: Traffic;
  readonly postgres: OwnPostgres;
  readonly cas: SandboxCas;
  readonly secrets: Secrets;
}

/** Who has which secret once everything has gone well. */
export interface Scene extends Testbed {
  readonly admin: Client;
  /** Inside the room. */
  readonly person: Client;
  /** Signed in, but never let into the room. */
  readonly stranger: Client;
  /** Signed in with a password that an admin gave him, and may do nothing else. */
  readonly newcomer: Client;
  readonly guest: Client;
  /** Banned from the room. */
  readonly banned: Client;
  readonly room: Room;
  /** May be given away: its code is good for nobody any more. */
  readonly revoked: NewInvite;
  readonly idle: Room;
  /** A refresh token whose successor's successor was asked for. */
  readonly spent: string;
}

/** Something that goes wrong with a secret on its way. */
export interface ErrorPath {
  readonly name: string;
  /** What the caller is told; `no answer` if he does not wait for it. */
  readonly code: string;
  readonly go: (scene: Scene) => Promise<{ readonly code?: string } | undefined>;
}

export const EMAIL = 'canary-person@example.org';

/** Signs in by any route that does so, and notes the secrets that this hands out. */
export async function signIn(
  { traffic, secrets }: Testbed,
  body: Record<string, unknown>,
  route = 'login',
): Promise<Client> {
  const signedIn = await traffic.send<SignedIn>(traffic.anyone, `POST /v1/auth/${route}`, body);
  const whose = route === 'guest' ? "a guest's" : 'an';
  const { accessToken, refreshToken, deviceToken } = signedIn;
  const handedOutBy = /^the answer to POST \/v1\/auth\//;
  secrets.add(`${whose} access token`, accessToken.split('.')[2] ?? '', handedOutBy);
  secrets.add(`${route === 'guest' ? whose : 'a'} refresh token`, refreshToken, handedOutBy);
  secrets.add('a device token', deviceToken, handedOutBy);
  return traffic.anyone.as(signedIn);
}
