import { ALGORITHMS, type TrustedIssuer } from '../../platform/config/trusted-issuers.js';
import { refused } from './issuers.problems.js';

const MAX_TOKEN_LENGTH = 8_192;
// The signature may be empty, so that the algorithm `none` is refused as an algorithm.
const FORM = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;

/** A token whose signature is not verified yet. */
export interface UnverifiedToken {
  readonly text: string;
  readonly header: { readonly alg: string };
  readonly claims: object;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function objectIn(encoded: string): object | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(Buffer.from(encoded, 'base64url')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the unverified issuer of a JWT; undefined for every other text. */
export function issuerNamedBy(text: string): string | undefined {
  const [, , encoded = ''] = FORM.exec(text) ?? [];
  const claims = objectIn(encoded);
  const issuer: unknown = claims && 'iss' in claims ? claims.iss : undefined;
  return typeof issuer === 'string' ? issuer : undefined;
}

/**
 * Reads a token by its form; headers that name keys are ignored (RFC 8725).
 * @throws {IssuerTokenRefused}
 */
export function readToken(text: string): UnverifiedToken {
  const [, first = '', second = ''] =
    text.length <= MAX_TOKEN_LENGTH ? (FORM.exec(text) ?? []) : [];
  const header = objectIn(first) as Readonly<Record<string, unknown>> | undefined;
  const claims = objectIn(second);
  if (!header || !claims || 'crit' in header || 'b64' in header || !isPlainType(header['typ']))
    throw refused('malformed');
  const { alg, kid } = header;
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string'))
    throw refused('malformed');
  // Also of unknown issuers, so that the checks have one order.
  if (!(ALGORITHMS as readonly string[]).includes(alg)) throw refused('algorithm');
  return { text, header: { ...header, alg }, claims };
}

/** @throws {IssuerTokenRefused} */
export function refuseAlgorithm({ header }: UnverifiedToken, issuer: TrustedIssuer): void {
  const isListed = (issuer.algorithms as readonly string[]).includes(header.alg);
  if (!isListed) throw refused('algorithm');
}

/** No other type of token may be used as an access token or an ID token, such as a logout token. */
function isPlainType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(?:at\+)?jwt$/i.test(typ));
}
