import { NoSuchRoom } from '../../platform/http/problems.js';
import type { Clock } from './clock.js';
import type { Minter } from './minter.js';
import type { RoomState, StoredToken, TokenStore } from './token-store.js';
import { CasUnavailable, TokenUnreadable } from './tokens.problems.js';

/** How long one request waits for a token. */
export const PATIENCE_MS = 10_000;
const POLL_LEAST_MS = 40;
const POLL_MOST_MS = 120;

interface Waiter {
  readonly until: number;
  readonly hasLeft: () => boolean;
  resolve(token: StoredToken): void;
  reject(error: unknown): void;
}

/**
 * Everybody on this replica who waits for one room's token, and the one loop that polls for them.
 * It lives as long as somebody waits. A waiter takes the result of the first read that starts after
 * it arrived: a read that is running may have seen an older generation.
 */
export class RoomWatch {
  private waiters: Waiter[] = [];
  private latest = Infinity;
  private polling = false;
  private reading = false;
  private minting = false;
  private wakeUp = new AbortController();

  constructor(
    private readonly roomId: string,
    private readonly store: TokenStore,
    private readonly minter: Minter,
    private readonly clock: Clock,
    private readonly whenIdle: () => void,
  ) {}

  /**
   * @param hasLeft whether the client has gone; the wait then ends with the attempt under way
   * @throws {CasUnavailable} if there is no token within 10 s, or surely will not be
   */
  wait(patienceMs = PATIENCE_MS, hasLeft = () => false): Promise<StoredToken> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ until: this.clock.now() + patienceMs, hasLeft, resolve, reject });
      if (!this.polling) void this.poll();
    });
  }

  /** Nobody waits longer than so many milliseconds from now on. */
  hurry(patienceMs: number): void {
    const until = this.clock.now() + patienceMs;
    this.latest = Math.min(this.latest, until);
    this.wakeUp.abort();
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.waiters.length > 0) {
      const asking = this.waiters;
      this.waiters = [];
      this.wakeUp = new AbortController();
      try {
        this.reading = true;
        this.settle(asking, await this.store.read(this.roomId));
      } catch (error) {
        for (const waiter of asking) waiter.reject(error);
      } finally {
        this.reading = false;
      }
      if (this.waiters.length > 0) await this.pause();
    }
    this.polling = false;
    this.whenIdle();
  }

  /** Short for who arrived meanwhile; and never past the moment when somebody's patience ends. */
  private pause(): Promise<void> {
    const poll = POLL_LEAST_MS + this.clock.random() * (POLL_MOST_MS - POLL_LEAST_MS);
    const soonest = this.waiters.reduce((least, { until }) => Math.min(least, until), this.latest);
    return this.clock.sleep(
      Math.max(1, Math.min(poll, soonest - this.clock.now())),
      this.wakeUp.signal,
    );
  }

  private settle(asking: Waiter[], state: RoomState): void {
    switch (state.kind) {
      case 'live':
        for (const waiter of asking) waiter.resolve(state.token);
        return;
      case 'gone':
        for (const waiter of asking) waiter.reject(new NoSuchRoom());
        return;
      case 'unreadable':
        for (const waiter of asking) waiter.reject(new TokenUnreadable(state.generation));
        return;
      case 'cold':
        this.keepWaiting(asking, state);
    }
  }

  private keepWaiting(asking: Waiter[], state: RoomState & { kind: 'cold' }): void {
    const now = this.clock.now();
    const retryAt = now + state.coolingSeconds * 1000;
    const isAttempted = state.leased || this.minting;
    for (const waiter of asking) {
      const until = Math.min(waiter.until, this.latest);
      const isInTime = until > now && (state.coolingSeconds === 0 || retryAt <= until);
      // Joins count among those of their user as long as the call of CAS that they caused.
      if (isInTime && (isAttempted || !waiter.hasLeft())) this.waiters.push(waiter);
      else waiter.reject(unavailable(state.coolingSeconds));
    }
    if (this.waiters.length > 0 && !state.leased && state.coolingSeconds === 0) this.startMint();
  }

  /** The mint belongs to the room: it goes on when those who started it have given up. */
  private startMint(): void {
    if (this.minting || this.minter.isShutDown) return;
    this.minting = true;
    void this.minter
      .mint(this.roomId, () => this.waiters.length > 0 || this.reading)
      // An unreachable database is what the next read will report to everybody who waits.
      .catch(() => undefined)
      .finally(() => {
        this.minting = false;
        this.wakeUp.abort();
      });
  }
}

function unavailable(coolingSeconds: number): CasUnavailable {
  return new CasUnavailable(undefined, {
    retryAfter: Math.max(1, coolingSeconds),
  });
}
