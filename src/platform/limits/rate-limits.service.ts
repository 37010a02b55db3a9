import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { RateLimited } from '../http/problems.js';
import { Config } from '../config/config.js';
import { ServerSecrets } from '../keyring/server-secrets.js';
import { GuessesRepository } from './guesses.repository.js';
import { type GuessLimit, type LimitKind, LIMITS, type QuotaLimit } from './limits.js';
import { networkOf } from '../http/network.js';
import { QuotasRepository } from './quotas.repository.js';
import { type RefusalKind, Refusals } from './refusals.js';

/** A limit and its key: a client's address for a limit by network, otherwise any text. */
export type Limited = readonly [kind: LimitKind, key: string];

/** Limits of guesses that count only the wrong ones. */
export type GuessQuota = 'access-code-network' | 'access-code-backend';

/** Limits that are exact over all replicas: counted in Postgres, before the work is done. */
@Injectable()
export class RateLimits implements OnApplicationBootstrap {
  constructor(
    private readonly guesses: GuessesRepository,
    private readonly quotas: QuotasRepository,
    private readonly secrets: ServerSecrets,
    private readonly refusals: Refusals,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.RATE_LIMITS)
      new Logger('RateLimits').warn('RATE_LIMITS is off: passwords can be guessed without limit');
  }

  get areOn(): boolean {
    return this.config.RATE_LIMITS;
  }

  noteRefusal(kind: RefusalKind): void {
    this.refusals.count(kind);
  }

  /** @throws {RateLimited} if there were too many requests; the request is not counted then */
  async take(...limited: Limited): Promise<void> {
    if (!this.config.RATE_LIMITS) return;
    const limit = limitOf(limited);
    const row = this.rowOf(limited);
    const seconds = isQuota(limit)
      ? await this.quotas.take(row, limit)
      : await this.guesses.take(row);
    if (seconds !== undefined) this.refuse(limited, seconds);
  }

  /**
   * Never counts right guesses; `judge` runs uncounted, and must be cheap. A spent quota refuses
   * right guesses too; otherwise guessing could continue. @throws {RateLimited}
   */
  async guessUncounted(kind: GuessQuota, key: string, judge: () => boolean): Promise<boolean> {
    if (!this.config.RATE_LIMITS) return judge();
    // Before the check, so that the time of a refusal does not reveal whether the guess is right.
    await this.refuseSpent(kind, key, false);
    if (judge()) {
      await this.refuseSpent(kind, key, true);
      return true;
    }
    await this.take(kind, key);
    return false;
  }

  private async refuseSpent(kind: GuessQuota, key: string, isExact: boolean): Promise<void> {
    const row = this.rowOf([kind, key]);
    const seconds = await this.quotas.lookAt(row, LIMITS[kind], isExact);
    if (seconds !== undefined) this.refuse([kind, key], seconds);
  }

  async giveBackOne(...limited: Limited): Promise<void> {
    if (this.config.RATE_LIMITS) await this.giveBack([limited]);
  }

  /** Counts, then checks; only a right guess resets the counts. @throws {RateLimited} */
  async guess(limits: readonly Limited[], judge: () => Promise<boolean>): Promise<boolean> {
    if (!this.config.RATE_LIMITS) return judge();
    await this.takeAll(limits);
    let isRight: boolean;
    try {
      isRight = await judge();
    } catch (error) {
      await this.giveBack(limits);
      throw error;
    }
    if (isRight) await Promise.all(limits.map((limited) => this.settle(limited)));
    return isRight;
  }

  private async takeAll(limits: readonly Limited[]): Promise<void> {
    // Checked before anything is counted, so that a flood of guesses at an account writes nothing.
    for (const limited of limits.slice(1)) await this.refuseBlocked(limited);
    for (const [index, limited] of limits.entries())
      try {
        await this.take(...limited);
      } catch (error) {
        await this.giveBack(limits.slice(0, index));
        throw error;
      }
  }

  private async refuseBlocked(limited: Limited): Promise<void> {
    if (isQuota(limitOf(limited))) return;
    const seconds = await this.guesses.remaining(this.rowOf(limited));
    if (seconds !== undefined) this.refuse(limited, seconds);
  }

  private async giveBack(limits: readonly Limited[]): Promise<void> {
    for (const limited of limits) {
      const limit = limitOf(limited);
      const row = this.rowOf(limited);
      if (isQuota(limit)) await this.quotas.giveBack(row, limit);
      else await this.guesses.giveBack(row);
    }
  }

  private settle(limited: Limited): Promise<void> {
    return isQuota(limitOf(limited))
      ? this.giveBack([limited])
      : this.guesses.forget(this.rowOf(limited));
  }

  private refuse(limited: Limited, seconds: number): never {
    this.refusals.count(limited[0]);
    throw new RateLimited(limitOf(limited).detail, {
      retryAfter: Math.max(1, seconds),
    });
  }

  // Hashed, because a guessed address may belong to a person without an account here.
  private rowOf([kind, key]: Limited): string {
    const whose = limitOf([kind, key]).byNetwork ? networkOf(key) : key;
    return `${kind}|${this.secrets.mac('rate limit', `${kind}|${whose}`).toString('base64url')}`;
  }
}

function limitOf([kind]: Limited): GuessLimit | QuotaLimit {
  return LIMITS[kind];
}

function isQuota(limit: GuessLimit | QuotaLimit): limit is QuotaLimit {
  return 'burst' in limit;
}
