/** Asymmetric algorithms only: with `HS256`, a public value could become a secret of signatures. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const MAX_LENGTH = 8_192;
// The signature may be empty, so that the algorithm `none` is refused as an algorithm.
const FORM = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;

/** A JWT whose signature is not verified yet. */
export interface UnverifiedJwt {
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
 * Reads a JWT of at most 8 KiB by its form; undefined for every other text. Headers that name keys
 * are ignored (RFC 8725).
 */
export function readJwt(text: string): UnverifiedJwt | undefined {
  const [, first = '', second = ''] = text.length <= MAX_LENGTH ? (FORM.exec(text) ?? []) : [];
  const header = objectIn(first) as Readonly<Record<string, unknown>> | undefined;
  const claims = objectIn(second);
  if (!header || !claims || 'crit' in header || 'b64' in header || !isPlainType(header['typ']))
    return undefined;
  const { alg, kid } = header;
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return undefined;
  return { text, header: { ...header, alg }, claims };
}

/** No other type of token may be used as an access token or an ID token, such as a logout token. */
function isPlainType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(?:at\+)?jwt$/i.test(typ));
}
