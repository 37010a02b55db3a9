/** Counts guesses at a secret, over all replicas. */
export abstract class GuessLimit {
  /** @throws {RateLimited} if there were too many; this one is not counted then */
  abstract take(key: string): Promise<void>;
  /** A right guess clears the count. */
  abstract forget(key: string): Promise<void>;
}
