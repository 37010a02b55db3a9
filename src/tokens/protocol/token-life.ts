/** Ten years: the farthest that a claim is believed, so that no date overflows. */
const FOREVER = 315_360_000;

/** At most so many seconds left, and a token is dead. */
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
 * Seconds that a token has from the moment of its answer: the least of `exp − iat` and
 * `exp − Date`, so that a vendor's clock that is off does no harm. Claims that are no numbers
 * are ignored.
 * @param answeredAt the answer's `Date` header, seconds since the epoch
 * @returns undefined when the token does not tell
 */
export function lifeOf(token: string, answeredAt: number | undefined): number | undefined {
  const claims = claimsOf(token);
  const exp = numeric(claims['exp']);
  if (exp === undefined) return undefined;
  const starts = [numeric(claims['iat']), answeredAt].filter((start) => start !== undefined);
  if (starts.length === 0) return undefined;
  return Math.min(FOREVER, ...starts.map((start) => exp - start));
}

/** A token with at most a second left is never published. */
export function isDead(lifeSeconds: number): boolean {
  return lifeSeconds <= DEAD;
}

/**
 * Seconds that a token is served: until the margin before its end, but for half its life at
 * least, or a life shorter than the margin would mint without end.
 */
export function serveSecondsOf(lifeSeconds: number, marginSeconds: number): number {
  return Math.max(lifeSeconds - marginSeconds, lifeSeconds / 2);
}
