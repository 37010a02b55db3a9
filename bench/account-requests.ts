import type { SignedIn } from '../src/users/sessions/auth.schema.js';
import { CROWD_PASSWORD, type Face } from '../test/support/crowd.js';
import type { Request } from './server-under-test.js';

// The same requests for the product and for the minimal server, which reads only the fields it
// needs.

const JSON_BODY = { 'content-type': 'application/json' };

/** Each request has a different address, so that no limit by address applies. */
const from = (place: number) => ({ 'x-forwarded-for': `10.0.${place >> 8}.${place & 255}` });

const loginOf = ({ userId }: Face) => ({
  email: `${userId}@example.org`,
  password: CROWD_PASSWORD,
});

export async function send<Body>(url: string, body: object, accessToken?: string): Promise<Body> {
  const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...JSON_BODY, ...authorization },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Body;
}

export function signInOf(face: Face, place: number): Request {
  const body = JSON.stringify(loginOf(face));
  return {
    path: '/v1/auth/login',
    headers: { ...JSON_BODY, ...from(place) },
    body: () => body,
  };
}

/** A chain of refreshes: each answer contains the token of the next request. */
export async function refreshesOf(url: string, face: Face, place: number): Promise<Request> {
  let { refreshToken } = await send<SignedIn>(`${url}/v1/auth/login`, loginOf(face));
  return {
    path: '/v1/auth/refresh',
    headers: { ...JSON_BODY, ...from(place) },
    body: () => JSON.stringify({ refreshToken }),
    keep: (answer) => ({ refreshToken } = JSON.parse(answer) as SignedIn),
  };
}

export function listOf({ userId, accessToken }: Face): Request {
  return {
    method: 'GET',
    path: '/v1/rooms',
    headers: { authorization: `Bearer ${accessToken}`, 'x-user-id': userId },
  };
}
