import { Injectable } from '@nestjs/common';
import { RateLimited } from '../common/problems.js';
import { ServerSecrets } from '../keyring/server-secrets.js';
import { GuessesRepository } from './guesses.repository.js';

/** What is limited; whose it is says the key. */
export type LimitKind = 'access-code' | 'current-password';

/** Limits that are exact over all replicas: counted in Postgres, before the work is done. */
@Injectable()
export class RateLimits {
  constructor(
    private readonly guesses: GuessesRepository,
    private readonly secrets: ServerSecrets,
  ) {}

  /**
   * Counts one.
   * @throws {RateLimited} if there were too many; this one is not counted then
   */
  async take(kind: LimitKind, key: string): Promise<void> {
    const seconds = await this.guesses.take(this.rowOf(kind, key));
    if (seconds !== undefined)
      throw new RateLimited('Too many attempts; wait before the next one.', {
        retryAfter: Math.max(1, seconds),
      });
  }

  /** Clears the count, after a right guess. */
  async forget(kind: LimitKind, key: string): Promise<void> {
    await this.guesses.forget(this.rowOf(kind, key));
  }

  // Hashed, since what is guessed at may be an address of somebody who has no account here.
  private rowOf(kind: LimitKind, key: string): string {
    return `${kind}|${this.secrets.mac('rate limit', `${kind}|${key}`).toString('base64url')}`;
  }
}
