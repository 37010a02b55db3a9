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
 * Remembers the texts of tokens whose signature was found good. Verifying is a pure function of the
 * same bytes and two thirds of a join's cost here. Whether the session is still good, and the time,
 * are looked up on every request all the same. The whole text is the key, since a mirrored ES256
 * signature makes a second text of one token.
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

/** The token of a header; empty if there is none. */
export function bearerOf(authorization = ''): string {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
}

/**
 * Whose access token a header brings; the session may have ended meanwhile.
 * @returns undefined unless the signature was found good before
 */
export function knownUserOf(authorization?: string): string | undefined {
  return known.get(bearerOf(authorization))?.payload.sub;
}
