import type { TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import { ALGORITHMS, readJwt, type UnverifiedJwt } from '../../platform/http/jwt-form.js';
import { refused } from './issuers.problems.js';

/** @throws {IssuerTokenRefused} */
export function readToken(text: string): UnverifiedJwt {
  const token = readJwt(text);
  if (!token) throw refused('malformed');
  return token;
}

/** @param issuer undefined if no issuer of this name is trusted @throws {IssuerTokenRefused} */
export function refuseAlgorithm(
  { header }: UnverifiedJwt,
  issuer: TrustedIssuer | undefined,
): void {
  const listed: readonly string[] = issuer?.algorithms ?? ALGORITHMS;
  if (!listed.includes(header.alg)) throw refused('algorithm');
}
