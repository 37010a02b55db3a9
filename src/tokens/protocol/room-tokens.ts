import type { Clock } from './clock.js';
import type { Minter } from './minter.js';
import { RoomWatch } from './room-watch.js';
import type { StoredToken, TokenStore } from './token-store.js';

const SHUTDOWN_PATIENCE_MS = 3_000;

/** The protocol: one token per room and generation, shared by everyone, on all replicas. */
export class RoomTokens {
  private shuttingDown = false;
  waiting = 0;
  private readonly watches = new Map<string, RoomWatch>();

  constructor(
    private readonly store: TokenStore,
    private readonly minter: Minter,
    private readonly clock: Clock,
  ) {}

  /** Returns the room's live token, minted if there is none; all waiters share a poll loop. */
  awaitLive(roomId: string, patienceMs?: number, hasLeft?: () => boolean): Promise<StoredToken> {
    let watch = this.watches.get(roomId);
    if (!watch) {
      watch = new RoomWatch(roomId, this.store, this.minter, this.clock, () =>
        this.watches.delete(roomId),
      );
      this.watches.set(roomId, watch);
      if (this.shuttingDown) watch.hurry(SHUTDOWN_PATIENCE_MS);
    }
    this.waiting += 1;
    return watch.wait(patienceMs, hasLeft).finally(() => (this.waiting -= 1));
  }

  /** Stops minting, and releases the leases; waiters then use the tokens of other replicas. */
  shutDown(): void {
    this.shuttingDown = true;
    this.minter.shutDown();
    for (const watch of this.watches.values()) watch.hurry(SHUTDOWN_PATIENCE_MS);
  }
}
