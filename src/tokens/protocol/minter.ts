import type { Clock } from './clock.js';
import { isDead, lifeOf, serveSecondsOf } from './token-life.js';
import { MintFailed, type MintedToken, type TokenSource } from './token-source.js';
import type { Lease, Publication, Rekey, TokenStore } from './token-store.js';

/** Milliseconds from before the acquire: a call must end in 4 s despite delays; a lease has 6 s. */
const SOURCE_BUDGET_MS = 3_800;
/** With less time left, a call is not worth the session it would open. */
const LEAST_CALL_MS = 500;
/** How long an unanswered publish is looked up: until our lease has certainly ended. */
const DOUBT_MS = 7_000;
const DOUBT_PAUSE_MS = 100;
const DEAD =
  'CAS returned an expired token: ask the vendor whether its clock is right, and how long tokens live';

export interface TokenLimits {
  readonly marginSeconds: number;
  /** Assumed lifetime, in seconds, of a token without `exp`. */
  readonly maxAgeSeconds: number;
}

export type Outcome = 'published' | 'not acquired' | 'lost' | 'failed' | 'released';

/** How a mint with the lease ended; `broken`: the database failed in between. */
export type MintEnd = 'published' | 'lost' | 'released' | MintFailed['kind'] | 'broken';

export interface EndedMint {
  readonly roomId: string;
  readonly end: MintEnd;
  /** The generation that was, or would have been, published. */
  readonly generation: number;
  readonly seconds: number;
}

/** Receives the results of mints for log and metrics, never the token. */
export interface MintObserver {
  succeeded(): void;
  failed(roomId: string, failure: MintFailed): void;
  lifeUnknown(roomId: string): void;
  ended(mint: EndedMint): void;
}

/** A mint: acquires the lease, calls the source, publishes with the fence. */
export class Minter {
  private readonly stop = new AbortController();
  private readonly running = new Map<string, Promise<Outcome>>();

  constructor(
    private readonly store: TokenStore,
    private readonly source: TokenSource,
    private readonly clock: Clock,
    private readonly limits: TokenLimits,
    private readonly observer: MintObserver,
  ) {}

  shutDown(): void {
    this.stop.abort();
  }

  get isShutDown(): boolean {
    return this.stop.signal.aborted;
  }

  /** Runs one attempt per room and replica; asks `wanted` when there is a place for the call. */
  mint(roomId: string, wanted: () => boolean): Promise<Outcome> {
    return this.running.get(roomId) ?? this.start(roomId, wanted);
  }

  /** Mints a live room too; only waits for a running mint, whose result its caller must read. */
  async rekey(roomId: string, rekey: Rekey, wanted: () => boolean): Promise<Outcome> {
    const running = this.running.get(roomId);
    if (!running) return this.start(roomId, wanted, rekey);
    await running.catch(() => undefined);
    return 'not acquired';
  }

  private start(roomId: string, wanted: () => boolean, rekey?: Rekey): Promise<Outcome> {
    const mint = this.run(roomId, wanted, rekey).finally(() => this.running.delete(roomId));
    this.running.set(roomId, mint);
    return mint;
  }

  // Takes the place before the lease; otherwise the lease would run out in the queue.
  private run(roomId: string, wanted: () => boolean, rekey?: Rekey): Promise<Outcome> {
    return this.source.withPlace(async () =>
      wanted() && !this.isShutDown ? this.mintInPlace(roomId, rekey) : 'not acquired',
    );
  }

  private async mintInPlace(roomId: string, rekey?: Rekey): Promise<Outcome> {
    const startedAt = this.clock.now();
    const lease = await this.store.acquire(roomId, rekey);
    if (!lease) return 'not acquired';
    let end: MintEnd = 'broken';
    try {
      end = await this.mintUnder(lease, startedAt);
      return end === 'refused' || end === 'unavailable' ? 'failed' : end;
    } finally {
      const seconds = (this.clock.now() - startedAt) / 1000;
      const generation = lease.generation + 1;
      this.observer.ended({ roomId, end, generation, seconds });
    }
  }

  private async mintUnder(lease: Lease, startedAt: number): Promise<Exclude<MintEnd, 'broken'>> {
    const left = SOURCE_BUDGET_MS - (this.clock.now() - startedAt);
    if (this.isShutDown || left < LEAST_CALL_MS) return this.release(lease);
    const token = await this.callSource(lease, left);
    return typeof token === 'string' ? token : this.publish(lease, token);
  }

  private async callSource(
    lease: Lease,
    budgetMs: number,
  ): Promise<MintedToken | 'released' | MintFailed['kind']> {
    const budget = new AbortController();
    const timer = this.clock.sleep(budgetMs, budget.signal).then(() => budget.abort());
    try {
      const signal = AbortSignal.any([budget.signal, this.stop.signal]);
      const token = await this.source.mint(signal);
      const { lifeSeconds, told } = this.lifeOf(token);
      if (isDead(lifeSeconds)) throw new MintFailed('unavailable', DEAD);
      this.observer.succeeded();
      if (!told) this.observer.lifeUnknown(lease.roomId);
      return token;
    } catch (error) {
      if (this.isShutDown) return await this.release(lease);
      if (!(error instanceof MintFailed)) throw error;
      this.observer.failed(lease.roomId, error);
      await this.store.fail(lease, error.retryAfter ?? 0);
      return error.kind;
    } finally {
      budget.abort();
      await timer;
    }
  }

  private async publish(
    lease: Lease,
    token: MintedToken,
  ): Promise<'published' | 'lost' | 'unavailable'> {
    const doubtfulFrom = this.clock.now();
    for (;;) {
      const publication = this.publicationOf(token);
      // The token may have expired while the result was looked up in the database.
      if (isDead(publication.lifeSeconds)) {
        await this.store.fail(lease, 0);
        return 'unavailable';
      }
      try {
        const generation = await this.store.publish(lease, publication);
        return generation === undefined ? 'lost' : 'published';
      } catch {
        const outcome = await this.settleDoubt(lease, token, doubtfulFrom);
        if (outcome !== 'still leased') return outcome;
        await this.clock.sleep(DOUBT_PAUSE_MS);
      }
    }
  }

  private async settleDoubt(
    lease: Lease,
    token: MintedToken,
    since: number,
  ): Promise<'published' | 'lost' | 'still leased'> {
    for (;;) {
      if (this.clock.now() - since > DOUBT_MS) return 'lost';
      try {
        const published = await this.store.hasPublished(lease, token.text);
        if (published === 'still leased') return published;
        return published ? 'published' : 'lost';
      } catch {
        await this.clock.sleep(DOUBT_PAUSE_MS);
      }
    }
  }

  private async release(lease: Lease): Promise<'released'> {
    await this.store.release(lease);
    return 'released';
  }

  private lifeOf(token: MintedToken): { lifeSeconds: number; told: boolean } {
    const age = (this.clock.now() - token.receivedAt) / 1000;
    const told = lifeOf(token.text, token.answeredAt);
    return {
      lifeSeconds: (told ?? this.limits.maxAgeSeconds) - age,
      told: told !== undefined,
    };
  }

  private publicationOf(token: MintedToken): Publication {
    const { lifeSeconds, told } = this.lifeOf(token);
    const serveSeconds = told
      ? serveSecondsOf(lifeSeconds, this.limits.marginSeconds)
      : lifeSeconds;
    return { text: token.text, lifeSeconds, serveSeconds };
  }
}
