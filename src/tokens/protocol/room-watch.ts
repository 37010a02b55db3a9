import { NoSuchRoom } from '../../platform/http/problems.js';
import type { Clock } from './clock.js';
import type { Minter } from './minter.js';
import type { RoomState, StoredToken, TokenStore } from './token-store.js';
import { CasUnavailable, TokenUnreadable } from './tokens.problems.js';

/** Milliseconds that a request waits for a token. */
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
 * The requests on this replica that wait for a room's token, and their poll loop. A waiter takes
 * the first read that starts after its arrival: an earlier read may show an older generation.
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

  /** If the client has left, the wait ends with the current attempt. @throws {CasUnavailable} */
  wait(patienceMs = PATIENCE_MS, hasLeft = () => false): Promise<StoredToken> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ until: this.clock.now() + patienceMs, hasLeft, resolve, reject });
      if (!this.polling) void this.poll();
    });
  }

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

  /** Pauses briefly for new waiters, but never beyond the end of a waiter's patience. */
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
      // A join counts as its user's until the call to CAS that it caused has ended.
      if (isInTime && (isAttempted || !waiter.hasLeft())) this.waiters.push(waiter);
      else waiter.reject(unavailable(state.coolingSeconds));
    }
    if (this.waiters.length > 0 && !state.leased && state.coolingSeconds === 0) this.startMint();
  }

  /** Starts a mint. It belongs to the room, and continues even if all waiters have given up. */
  private startMint(): void {
    if (this.minting || this.minter.isShutDown) return;
    this.minting = true;
    void this.minter
      .mint(this.roomId, () => this.waiters.length > 0 || this.reading)
      // If the database is unreachable, the next read reports it to all waiters.
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
