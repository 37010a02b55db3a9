import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import type { SignedIn } from './shapes.js';

/** The results of a client that never stopped sending requests. */
export interface Visit {
  readonly asked: number;
  readonly failures: readonly string[];
}

/** The id of the key that signed an access token. */
export function keyIdOf(token = ''): string {
  const [head = ''] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  return header.kid;
}

/**
 * Repeats a request, each time at another replica, and refreshes before the access token expires, as
 * a good client does.
 * @param urls the replicas that take requests now
 */
export async function keepVisiting(
  urls: () => readonly string[],
  signedIn: SignedIn,
  isOver: () => boolean,
  visit: (client: Client) => Promise<{ readonly status: number }>,
): Promise<Visit> {
  const failures: string[] = [];
  let session = signedIn;
  let asked = 0;
  const lifeMs = Date.parse(signedIn.accessTokenExpiresAt) - Date.now();
  let refreshAt = performance.now() + lifeMs / 2;
  while (!isOver()) {
    const all = urls();
    const url = all[asked % all.length] ?? '';
    asked += 1;
    if (performance.now() > refreshAt) {
      const { refreshToken } = session;
      const answer = await new Client(url).post<SignedIn>('/v1/auth/refresh', { refreshToken });
      if (answer.status === 200) session = answer.body;
      else failures.push(`refresh ${answer.status}`);
      refreshAt = performance.now() + lifeMs / 2;
    }
    try {
      const { status } = await visit(new Client(url, session));
      if (status !== 200) failures.push(`${status} by ${keyIdOf(session.accessToken)}`);
    } catch (error) {
      failures.push(String(error));
    }
    await sleep(5);
  }
  return { asked, failures };
}
