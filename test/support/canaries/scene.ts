import type { SandboxCas } from '../../../sandbox/cas/sandbox-cas.js';
import type { Client } from '../client.js';
import type { NewInvite, Room, SignedIn } from '../shapes.js';
import type { OwnPostgres } from '../own-postgres.js';
import type { Traffic } from '../traffic.js';
import type { Secrets } from './secrets.js';

/** A server at its most detailed log level, and the parts it runs on. */
export interface Testbed {
  readonly traffic: Traffic;
  readonly postgres: OwnPostgres;
  readonly cas: SandboxCas;
  readonly secrets: Secrets;
}

/** The holders of secrets after everything has succeeded. */
export interface Scene extends Testbed {
  readonly admin: Client;
  /** A user with a seat in the room. */
  readonly person: Client;
  /** A signed-in user who may not enter the room. */
  readonly stranger: Client;
  /** A user whose password an admin has set, and who must change it first. */
  readonly newcomer: Client;
  readonly guest: Client;
  /** A user who is banned from the room. */
  readonly banned: Client;
  readonly room: Room;
  /** A revoked invite; its code may appear anywhere, because it is worthless. */
  readonly revoked: NewInvite;
  readonly idle: Room;
  /** A refresh token whose successor has already been exchanged. */
  readonly spent: string;
}

/** An error on the way of a secret. */
export interface ErrorPath {
  readonly name: string;
  /** The code of the answer; `no answer` if the client does not wait for it. */
  readonly code: string;
  readonly go: (scene: Scene) => Promise<{ readonly code?: string } | undefined>;
}

export const EMAIL = 'canary-person@example.org';

/** Signs in by any route that can do it, and notes the secrets in its answer. */
export async function signIn(
  { traffic, secrets }: Testbed,
  body: Record<string, unknown>,
  route = 'login',
): Promise<Client> {
  const signedIn = await traffic.send<SignedIn>(traffic.anyone, `POST /v1/auth/${route}`, body);
  const prefix = route === 'guest' ? "a guest's" : 'an';
  const { accessToken, refreshToken, deviceToken } = signedIn;
  const handedOutBy = /^the answer to POST \/v1\/auth\//;
  secrets.add(`${prefix} access token`, accessToken.split('.')[2] ?? '', handedOutBy);
  secrets.add(`${route === 'guest' ? prefix : 'a'} refresh token`, refreshToken, handedOutBy);
  secrets.add('a device token', deviceToken, handedOutBy);
  return traffic.anyone.as(signedIn);
}
