/** Ten years, in seconds: the maximum for claims, so that no date overflows. */
const FOREVER = 315_360_000;

/** Seconds; a token with at most as many left counts as dead. */
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
 * Returns the seconds that a token lives from its answer, undefined without a usable end: the
 * smaller of `exp − iat` and `exp − Date`, so that a wrong clock of the vendor does no harm.
 * @param answeredAt in seconds since the epoch
 */
export function lifeOf(token: string, answeredAt: number | undefined): number | undefined {
  const claims = claimsOf(token);
  const exp = numeric(claims['exp']);
  if (exp === undefined) return undefined;
  const starts = [numeric(claims['iat']), answeredAt].filter((start) => start !== undefined);
  if (starts.length === 0) return undefined;
  return Math.min(FOREVER, ...starts.map((start) => exp - start));
}

export function isDead(lifeSeconds: number): boolean {
  return lifeSeconds <= DEAD;
}

/** Seconds to serve: until the margin, but at least half the life, to prevent endless minting. */
export function serveSecondsOf(lifeSeconds: number, marginSeconds: number): number {
  return Math.max(lifeSeconds - marginSeconds, lifeSeconds / 2);
}
