import jwt from 'jsonwebtoken';
import type { Strategy } from 'passport-jwt';
import { BoundedMap } from '../tasks/bounded-map.js';

const CAPACITY = 10_000;

const known = new BoundedMap<{ key: jwt.Secret; payload: jwt.JwtPayload }>(CAPACITY);

type Verify = (
  token: string,
  key: jwt.Secret,
  options: jwt.VerifyOptions,
  done: jwt.VerifyCallback,
) => void;

/**
 * Remembers tokens whose signature was verified. Verifying is a pure function of the token, and
 * takes two thirds of a join's time here. The session and the time are still checked on every
 * request. The key is the whole text, because a mirrored ES256 signature makes a second text of the
 * same token.
 */
export function rememberVerified(strategy: typeof Strategy): void {
  const verify: Verify = (token, key, options, done) => {
    const hit = known.get(token);
    if (hit && hit.key === key) return done(null, hit.payload);
    jwt.verify(token, key, options, (error, payload) => {
      if (!error && typeof payload === 'object') known.set(token, { key, payload });
      done(error, payload);
    });
  };
  (strategy as unknown as { JwtVerifier: Verify }).JwtVerifier = verify;
}

/** Returns the token of a header; empty if there is none. */
export function bearerOf(authorization = ''): string {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
}

/**
 * Returns the user of an access token; their session may have ended in the meantime.
 * @returns undefined unless the signature was verified before
 */
export function knownUserOf(authorization?: string): string | undefined {
  return known.get(bearerOf(authorization))?.payload.sub;
}
