import { type KeyObject, randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import type { Behaviour } from './behaviour.js';

/** A token for a new session; `rid` is null if the token does not contain it. */
export interface SessionToken {
  token: string;
  rid: string | null;
}

const EXPIRED_SECONDS_AGO = 60;

/** Signs a token like the vendor's (HS256), with the faults of the behaviour. */
export async function mintToken(
  key: KeyObject,
  lifeSeconds: number,
  behaviour: Behaviour,
): Promise<SessionToken> {
  if (behaviour.opaque === true) {
    return { token: `opaque-${randomBytes(24).toString('base64url')}`, rid: null };
  }
  const rid = randomBytes(16).toString('hex');
  const unct = randomBytes(8).toString('hex');
  const claims = { rid, unct, ...times(lifeSeconds, behaviour) };
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
    .sign(key);
  return { token, rid };
}

/** The time of the sandbox's clock, in milliseconds since the epoch. */
export function sandboxTime(behaviour: Behaviour): number {
  return Date.now() + (behaviour.clockSkew ?? 0) * 1000;
}

function times(lifeSeconds: number, behaviour: Behaviour): { iat: number; exp?: number | string } {
  const now = Math.floor(sandboxTime(behaviour) / 1000);
  const life = behaviour.shortLife ?? lifeSeconds;
  if (behaviour.noExp === true) return { iat: now };
  if (behaviour.expired === true) {
    return { iat: now - EXPIRED_SECONDS_AGO - life, exp: now - EXPIRED_SECONDS_AGO };
  }
  if (behaviour.oddExp === true) return { iat: now, exp: String(now + life) };
  return { iat: now, exp: now + life };
}
