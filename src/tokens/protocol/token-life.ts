/** Ten years: the maximum for claims, so that no date overflows. */
const FOREVER = 315_360_000;

/** A token with at most this many seconds left counts as dead. */
const DEAD = 1;

function claimsOf(token: string): Record<string, unknown> {
  const payload = token.split('.')[1];
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * Returns the seconds that a token lives from the moment of its answer: the smaller of `exp − iat`
 * and `exp − Date`, so that a wrong clock of the vendor does no harm. Claims that are not numbers
 * are ignored.
 * @param answeredAt the answer's `Date` header, in seconds since the epoch
 * @returns undefined if the token contains no usable end
 */
export function lifeOf(token: string, answeredAt: number | undefined): number | undefined {
  const claims = claimsOf(token);
  const exp = numeric(claims['exp']);
  if (exp === undefined) return undefined;
  const starts = [numeric(claims['iat']), answeredAt].filter((start) => start !== undefined);
  if (starts.length === 0) return undefined;
  return Math.min(FOREVER, ...starts.map((start) => exp - start));
}

/** Whether a token must not be published, because it has at most a second left. */
export function isDead(lifeSeconds: number): boolean {
  return lifeSeconds <= DEAD;
}

/**
 * Returns the seconds that a token is served: until the margin before its end, but at least half of
 * its lifetime; otherwise a lifetime shorter than the margin would cause endless minting.
 */
export function serveSecondsOf(lifeSeconds: number, marginSeconds: number): number {
  return Math.max(lifeSeconds - marginSeconds, lifeSeconds / 2);
}
